"""Where things live: the work tree's own state, and the one cache folder shared by all work trees."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

CLUSTER_NAME = "chaos-harness"
NODE_CONTAINER = f"{CLUSTER_NAME}-control-plane"
CONTEXT = f"kind-{CLUSTER_NAME}"
IMAGE_PREFIX = "chaos-harness"


@dataclass(frozen=True)
class Workspace:
    """Folders of one work tree."""

    root: Path
    cache: Path

    @property
    def state(self) -> Path:
        return self.root / ".state"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def kubeconfig(self) -> Path:
        return self.state / "kubeconfig"

    @property
    def node_identity(self) -> Path:
        """Which node container the kubeconfig is for."""
        return self.state / "node"

    @property
    def clusters(self) -> Path:
        return self.root / "clusters"

    @property
    def recipes(self) -> Path:
        return self.clusters / "images"

    @property
    def reference(self) -> Path:
        return self.clusters / "reference"

    @property
    def go_environment(self) -> dict[str, str]:
        """Go's caches under ours, so that nothing is left elsewhere."""
        return {
            "GOMODCACHE": str(self.cache / "go" / "mod"),
            "GOCACHE": str(self.cache / "go" / "build"),
            "GOFLAGS": "-mod=readonly -buildvcs=false",
            "CGO_ENABLED": "0",
        }


def workspace(root: Path) -> Workspace:
    """The workspace of `root`; $HARNESS_CACHE overrides where the cache folder is."""
    configured = os.environ.get("HARNESS_CACHE")
    if configured:
        cache = Path(configured)
    else:
        base = os.environ.get("XDG_CACHE_HOME")
        cache = (Path(base) if base else Path.home() / ".cache") / "chaos-harness"
    return Workspace(root=root.resolve(), cache=cache.expanduser().resolve())
