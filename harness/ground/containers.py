"""What we ask the engine for images and containers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.errors import CommandFailed
from harness.ground.command import ANSWER_LIMIT_S, Commands
from harness.ground.workspace import IMAGE_PREFIX

LABEL = "chaos-harness.recipe"


class Containers:
    """The engine's images and containers, through its command line."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands
        self._builder_environment: dict[str, str] | None = None

    def images(self) -> list[tuple[str, str]]:
        """Our images as (tag, creation time) pairs."""
        text = self._commands.output(
            ["docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}\t{{.CreatedAt}}",
             "--filter", f"reference={IMAGE_PREFIX}/*"],
            log="engine",
        )  # fmt: skip
        pairs = [line.partition("\t") for line in text.splitlines()]
        return [(tag, created) for tag, _, created in pairs if not tag.endswith(":<none>")]

    def build(self, context: Path, tag: str, arguments: dict[str, str], *, log: str) -> None:
        """Build the Dockerfile in `context`. Raises CommandFailed."""
        options = [part for name, value in sorted(arguments.items()) for part in ("--build-arg", f"{name}={value}")]
        self._commands.run(
            ["docker", "build", "--force-rm", "--label", f"{LABEL}={tag}", "--tag", tag, *options, str(context)],
            log=log,
            environment=self._environment(),
        )

    def pull(self, reference: str, tag: str, *, log: str) -> None:
        """Pull an upstream image under our tag; a name that was not there is gone after. Raises CommandFailed."""
        known = self.inspect("image", reference) is not None
        self._commands.run(["docker", "pull", "--quiet", reference], log=log)
        self._commands.run(["docker", "tag", reference, tag], log=log, timeout_s=ANSWER_LIMIT_S)
        if not known:
            self._commands.run(["docker", "image", "rm", reference], log=log, timeout_s=ANSWER_LIMIT_S)

    def remove_images(self, tags: list[str]) -> None:
        """Untag images; one that a container still uses stays."""
        for tag in tags:
            try:
                self._commands.run(["docker", "image", "rm", tag], log="prune", timeout_s=ANSWER_LIMIT_S)
            except CommandFailed:
                continue

    def prune_unfinished(self, container_prefix: str) -> None:
        """Remove what builds of ours left: images without a name, and containers whose name begins so."""
        left = self._commands.output(
            ["docker", "ps", "--all", "--quiet", "--filter", f"name=^{container_prefix}"], log="prune"
        ).split()
        if left:
            self._commands.run(["docker", "rm", "--force", "--volumes", *left], log="prune", timeout_s=ANSWER_LIMIT_S)
        self._commands.run(
            ["docker", "image", "prune", "--force", "--filter", f"label={LABEL}"],
            log="prune",
            timeout_s=ANSWER_LIMIT_S,
        )

    def inspect(self, kind: str, name: str) -> dict[str, Any] | None:
        """The engine's description of a container or image, or None when there is none of that name."""
        try:
            text = self._commands.output(["docker", kind, "inspect", name], log="inspect")
        except CommandFailed:
            return None
        found: list[dict[str, Any]] = json.loads(text)
        return found[0] if found else None

    def execute(
        self, container: str, *arguments: str, stdin: bytes | None = None, log: str = "node", timeout_s: float = 60.0
    ) -> str:
        """Standard output of a program run inside a container. Raises CommandFailed."""
        options = ["-i"] if stdin is not None else []
        return self._commands.output(
            ["docker", "exec", *options, container, *arguments], log=log, stdin=stdin, timeout_s=timeout_s
        )

    def _environment(self) -> dict[str, str]:
        # A client without the buildx plug-in must be told to use the builder that the engine has.
        if self._builder_environment is None:
            try:
                self._commands.output(["docker", "buildx", "version"], log="engine")
                self._builder_environment = {}
            except CommandFailed:
                self._builder_environment = {"DOCKER_BUILDKIT": "0"}
        return self._builder_environment
