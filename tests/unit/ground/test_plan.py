"""Tags follow content: what changes when something changes, what does not, and what is made in which order."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from harness.ground.plan import CLUSTER, NODE, PARSER_BASE, Plan, make_plan, missing_images, superseded
from harness.ground.versions import Versions, decode_versions

FILE = """
[engine]
suite = "trixie"
packages = []
client = "docker-cli"
[debian]
suite = "bookworm"
packages = ["ca-certificates"]
[kind]
version = "0.30.0"
module = "kube"
package = "example.test/kind"
[go.kube]
requires = {}
[go.kube.programs.kube]
package = "."
[images.base]
rootfs = true
upstream = "registry.test/debian:1"
[images.broker]
upstream = "registry.test/broker:3"
parents = { BASE = "base" }
[images.parser-base]
parents = { BASE = "base" }
[images.service]
parents = { BASE = "base" }
service = "services/service"
[images.kubernetes]
parents = { BASE = "base" }
programs = { kube = "kube" }
[images.node-base]
upstream = "registry.test/node:1"
parents = { BASE = "base" }
[node]
base = "node-base"
parts = ["broker"]
control_plane = { "registry.test/apiserver:1" = "kubernetes" }
"""


def plan(text: str = FILE, recipes: Mapping[str, str] | None = None, trees: Mapping[str, str] | None = None,
         *, pull: bool = False) -> Plan:  # fmt: skip
    recipes, trees = recipes or {}, trees or {}
    return make_plan(
        decode_versions(text),
        recipe_digest=lambda name: recipes.get(name, ""),
        tree_digest=lambda path: trees.get(path, ""),
        pull=pull,
    )


@pytest.fixture
def versions() -> Versions:
    return decode_versions(FILE)


def changed(before: Plan, after: Plan) -> set[str]:
    return {name for name in before.tags if before.tags[name] != after.tags.get(name)}


def test_same_content_same_tags() -> None:
    assert plan().tags == plan().tags


def test_a_recipe_changes_what_is_made_from_it() -> None:
    assert changed(plan(), plan(recipes={"broker": "new"})) == {"broker", NODE, CLUSTER}


def test_the_base_changes_everything() -> None:
    assert changed(plan(), plan(FILE.replace("bookworm", "trixie"))) == set(plan().tags)


def test_a_service_does_not_change_the_node() -> None:
    assert changed(plan(), plan(trees={"services/service": "new"})) == {"service", CLUSTER}


def test_a_compiled_program_changes_its_image() -> None:
    assert changed(plan(), plan(recipes={"kube": "new"})) == {"kubernetes", NODE, CLUSTER}


def test_bootstrap_files_change_the_node() -> None:
    assert changed(plan(), plan(trees={"clusters/bootstrap": "new"})) == {NODE, CLUSTER}


def test_parents_are_made_first(versions: Versions) -> None:
    order = missing_images(versions, plan(), frozenset(), ("service", PARSER_BASE, NODE))
    assert set(order) == {*versions.images, NODE}
    for child, parent in (("broker", "base"), ("kubernetes", "base"), (NODE, "node-base"), (NODE, "kubernetes")):
        assert order.index(parent) < order.index(child)


def test_a_present_image_needs_no_parents(versions: Versions) -> None:
    whole = plan()
    present = frozenset({whole.tags[NODE], whole.tags[PARSER_BASE]})
    assert missing_images(versions, whole, present, ("service", PARSER_BASE, NODE)) == ("base", "service")


def test_pulled_images_are_made_from_nothing_else(versions: Versions) -> None:
    whole = plan(pull=True)
    order = missing_images(versions, whole, frozenset(), ("service", PARSER_BASE, NODE))
    assert "kubernetes" not in order, "upstream's node brings its own control plane"
    assert missing_images(versions, whole, frozenset(), ("broker",)) == ("broker",)


def test_a_recipe_does_not_matter_to_a_pulled_image() -> None:
    assert changed(plan(pull=True), plan(recipes={"broker": "new", "base": "new"}, pull=True)) == set()


def test_the_newest_tags_of_each_name_stay() -> None:
    tags = [("a:1", "2026-01-01"), ("a:2", "2026-01-03"), ("a:3", "2026-01-02"), ("b:1", "2026-01-01")]
    assert superseded(tags, keep=1) == ["a:3", "a:1"]
