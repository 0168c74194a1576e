"""Which images there are to be, under which content-hash tags, and what each is made from. Pure, given the digests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from harness.ground.digest import TAG_LENGTH, combined
from harness.ground.versions import Image, Versions
from harness.ground.workspace import IMAGE_PREFIX

NODE = "node"
# The node image with the pipeline's own services: a new cluster starts from it and loads nothing.
CLUSTER = "cluster"
BAKED = frozenset({NODE, CLUSTER})
# Pushed into the cluster's registry as what builds start FROM.
PARSER_BASE = "parser-base"


@dataclass(frozen=True)
class Plan:
    """Tags of all images by name, keys of all programs by (module, program), and whether upstream's are pulled."""

    tags: Mapping[str, str]
    programs: Mapping[tuple[str, str], str]
    services: tuple[str, ...]
    control_plane: Mapping[str, str]
    pull: bool

    def pulled(self, image: Image) -> bool:
        """Whether this image comes from upstream as it is."""
        return self.pull and bool(image.upstream)


def make_plan(
    versions: Versions, *, recipe_digest: Callable[[str], str], tree_digest: Callable[[str], str], pull: bool
) -> Plan:
    """The plan of `versions`.

    `recipe_digest` hashes a folder of clusters/images by name, `tree_digest` one by its path from the root.
    """
    programs = {
        (module, name): combined([recipe_digest(module), program.package, str(sorted(program.variables.items()))])
        for module, definition in versions.go.items()
        for name, program in definition.programs.items()
    }
    kind = versions.kind
    programs[kind.module, "kind"] = combined([recipe_digest(kind.module), kind.package])

    keys: dict[str, str] = {}

    def key(name: str) -> str:
        if name not in keys:
            keys[name] = _image_key(name, versions.images[name])
        return keys[name]

    def _image_key(name: str, image: Image) -> str:
        if pull and image.upstream:
            return combined(["pull", image.upstream])
        parts = [name, msgspec.json.encode(image, order="deterministic").decode(), recipe_digest(name)]
        parts += [key(parent) for parent in sorted(image.parents.values())]
        parts += [programs[module, program] for program, module in sorted(image.programs.items())]
        if image.service:
            parts.append(tree_digest(image.service))
        if image.rootfs:
            parts.append(msgspec.json.encode(versions.debian).decode())
        return combined(parts)

    # Upstream's node image holds its own control plane.
    control_plane = {} if pull else versions.node.control_plane
    wanted = [versions.node.base, *versions.node.parts, *control_plane.values(), PARSER_BASE]
    services = tuple(sorted(name for name, image in versions.images.items() if image.service))
    for name in [*wanted, *services]:
        key(name)
    node = combined(
        [
            key(versions.node.base),
            *(key(part) for part in versions.node.parts),
            *(f"{name}={key(image)}" for name, image in sorted(control_plane.items())),
            recipe_digest(NODE),
            tree_digest("clusters/bootstrap"),
        ]
    )
    tags = {name: _tag(name, value) for name, value in keys.items()}
    tags[NODE] = _tag(NODE, node)
    tags[CLUSTER] = _tag(CLUSTER, combined([node, *(keys[name] for name in services)]))
    return Plan(tags=tags, programs=programs, services=services, control_plane=control_plane, pull=pull)


def parents_of(versions: Versions, plan: Plan, name: str) -> tuple[str, ...]:
    """Images that must be there before `name` can be made."""
    if name == CLUSTER:
        return (NODE, *plan.services)
    if name == NODE:
        return tuple(dict.fromkeys([versions.node.base, *versions.node.parts, *plan.control_plane.values()]))
    image = versions.images[name]
    return () if plan.pulled(image) else tuple(dict.fromkeys(image.parents.values()))


def missing_images(versions: Versions, plan: Plan, present: frozenset[str], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Names to make, parents before children: each of `wanted` that is absent, and what absent ones are made from."""
    order: list[str] = []

    def visit(name: str) -> None:
        if plan.tags[name] in present or name in order:
            return
        for parent in parents_of(versions, plan, name):
            visit(parent)
        order.append(name)

    for name in wanted:
        visit(name)
    return tuple(order)


def superseded(tags: list[tuple[str, str]], keep: int) -> list[str]:
    """Of (image tag, creation time) pairs, tags beyond the `keep` newest of each image name, oldest last."""
    by_name: dict[str, list[tuple[str, str]]] = {}
    for tag, created in tags:
        by_name.setdefault(tag.rpartition(":")[0], []).append((created, tag))
    return [tag for group in by_name.values() for _, tag in sorted(group, reverse=True)[keep:]]


def _tag(name: str, key: str) -> str:
    return f"{IMAGE_PREFIX}/{name}:{key[:TAG_LENGTH]}"
