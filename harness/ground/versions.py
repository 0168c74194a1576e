"""Typed reading of clusters/versions.toml, the one file that pins every version."""

from __future__ import annotations

from pathlib import Path

import msgspec

from harness.errors import UsageError


class Engine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Debian packages that make a container engine, `name/suite` each."""

    suite: str
    packages: tuple[str, ...]
    client: str


class Debian(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The release that the base image is made of, and what it has beyond the minimum."""

    suite: str
    packages: tuple[str, ...]


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The kind program: which version, and the Go module of ours that builds it."""

    version: str
    module: str
    package: str


class Program(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One Go program: its package, and variables set at link time."""

    package: str
    variables: dict[str, str] = {}


class GoModule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Go module of ours: upstream modules it pins, and the programs built from it."""

    requires: dict[str, str]
    programs: dict[str, Program]


class ModuleFiles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A folder of an upstream Go module that goes into an image: `path` in `package`, resolved by our `module`."""

    module: str
    package: str
    path: str


class Image(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One image recipe. `parents` maps a build argument to the image that it names."""

    upstream: str = ""
    rootfs: bool = False
    parents: dict[str, str] = {}
    args: dict[str, str] = {}
    programs: dict[str, str] = {}
    ca_bundle: bool = False
    service: str = ""
    module_files: ModuleFiles | None = None


class Node(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The node image: its base, and what is inside it from the start."""

    base: str
    parts: tuple[str, ...]
    control_plane: dict[str, str]


class Versions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of clusters/versions.toml."""

    engine: Engine
    debian: Debian
    kind: Kind
    go: dict[str, GoModule]
    images: dict[str, Image]
    node: Node

    @property
    def largest_module(self) -> str:
        """The Go module that most is compiled from: the first."""
        return next(iter(self.go))


def decode_versions(text: str) -> Versions:
    """Versions from the file's text. Raises UsageError on a wrong shape or a name that leads nowhere."""
    try:
        versions = msgspec.toml.decode(text, type=Versions)
    except msgspec.DecodeError as error:
        raise UsageError(f"clusters/versions.toml: {error}", todo="correct the file") from error
    dangling = [
        f"image {name}: parent {parent}"
        for name, image in versions.images.items()
        for parent in image.parents.values()
        if parent not in versions.images
    ]
    dangling += [
        f"image {name}: program {program} of module {module}"
        for name, image in versions.images.items()
        for program, module in image.programs.items()
        if module not in versions.go or program not in versions.go[module].programs
    ]
    node = versions.node
    dangling += [
        f"node: {name}"
        for name in (node.base, *node.parts, *node.control_plane.values())
        if name not in versions.images
    ]
    if dangling:
        raise UsageError(f"clusters/versions.toml names what it does not define: {'; '.join(dangling)}")
    return versions


def load_versions(clusters: Path) -> Versions:
    """Versions of the tree whose clusters/ folder is given. Raises UsageError."""
    path = clusters / "versions.toml"
    try:
        return decode_versions(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", todo="run from the project's folder") from error
