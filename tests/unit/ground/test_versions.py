"""clusters/versions.toml: its shape is checked, and it agrees with what the Go modules resolve."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.ground.versions import Versions, decode_versions, load_versions

CLUSTERS = Path(__file__).parents[3] / "clusters"

MINIMAL = """
[engine]
suite = "trixie"
packages = []
client = "docker-cli"
[debian]
suite = "bookworm"
packages = []
[kind]
version = "0.30.0"
module = "tools"
package = "example.test/kind"
[go.tools]
requires = {}
[go.tools.programs.tool]
package = "."
[images.base]
rootfs = true
[images.child]
parents = { BASE = "base" }
programs = { tool = "tools" }
[node]
base = "child"
parts = ["base"]
control_plane = {}
"""


@pytest.fixture(scope="module")
def versions() -> Versions:
    return load_versions(CLUSTERS)


def test_minimal_file_is_read() -> None:
    assert decode_versions(MINIMAL).images["child"].parents == {"BASE": "base"}


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('BASE = "base"', 'BASE = "absent"', "image child: parent absent"),
        ('tool = "tools" }', 'tool = "absent" }', "image child: program tool of module absent"),
        ('parts = ["base"]', 'parts = ["absent"]', "node: absent"),
        ("rootfs = true", "rotfs = true", "rotfs"),
        ('suite = "trixie"', "suite = 13", "engine.suite"),
    ],
)
def test_mistakes_are_named(old: str, new: str, named: str) -> None:
    with pytest.raises(UsageError, match=re.escape(named)):
        decode_versions(MINIMAL.replace(old, new))


def test_go_modules_resolve_what_is_pinned(versions: Versions) -> None:
    for module, definition in versions.go.items():
        resolved = (CLUSTERS / "images" / module / "go.mod").read_text(encoding="utf-8")
        for required, version in definition.requires.items():
            assert re.search(
                rf"^(require)?\s*{re.escape(required)} {re.escape(version)}(\s|$)", resolved, re.MULTILINE
            ), f"clusters/images/{module}/go.mod does not have {required} {version}"


def test_kind_is_pinned_once(versions: Versions) -> None:
    kind = versions.kind
    assert versions.go[kind.module].requires[kind.package] == f"v{kind.version}"


def test_control_plane_is_of_the_compiled_version(versions: Versions) -> None:
    compiled = versions.go["kubernetes"].requires["k8s.io/kubernetes"]
    asked = [name for name in versions.node.control_plane if "/kube-" in name]
    assert len(asked) == 4
    assert {name.rpartition(":")[2] for name in asked} == {compiled}
    assert f"v{versions.images['node-base'].args['KUBERNETES_VERSION']}" == compiled


def test_every_image_has_a_recipe(versions: Versions) -> None:
    for name, image in versions.images.items():
        folder = CLUSTERS / "images" / name
        assert (folder / "files").is_dir() if image.rootfs else (folder / "Dockerfile").is_file(), name


def test_every_build_argument_is_declared(versions: Versions) -> None:
    for name, image in versions.images.items():
        if image.rootfs:
            continue
        recipe = (CLUSTERS / "images" / name / "Dockerfile").read_text(encoding="utf-8")
        declared = set(re.findall(r"^ARG (\w+)", recipe, re.MULTILINE))
        assert declared == {*image.args, *image.parents}, name
