"""The watchdog runs this tree's code, in an image that has what healing imports, in the versions tested here."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.errors import UsageError
from harness.ground.manifests import config_map, parse, with_config_hashes
from harness.ground.status import LEASE_NAMESPACE
from harness.ground.watchdogcode import pack, watchdog_code
from harness.ground.workspace import workspace

ROOT = Path(__file__).parents[3]
NEEDS = ROOT / "clusters" / "images" / "watchdog" / "needs" / "requirements.txt"

IMPORTED = """
import json, sys
from importlib import import_module
from importlib.metadata import packages_distributions
import harness.running.watchdog, harness.targets.reference, chaos.faults
for name in chaos.faults.names():
    chaos.faults.lookup(name)
known = packages_distributions()
print(json.dumps(sorted({d for module in sys.modules for d in known.get(module.split(".")[0], [])})))
"""
_NOT_NEEDED = {"chaos-harness", "setuptools", "blinker"}
"""Ourselves, and what others import only where it happens to be installed."""


def pins(path: Path) -> dict[str, str]:
    found = re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;]+)(?: ;| \\|$)", path.read_text(), re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def test_the_image_has_what_healing_imports() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    needed = {re.sub(r"[-_.]+", "-", name).lower() for name in json.loads(done.stdout)} - _NOT_NEEDED
    assert needed <= pins(NEEDS).keys()


def test_the_image_has_the_versions_that_are_tested() -> None:
    here = pins(ROOT / "requirements.txt")
    for name, version in pins(NEEDS).items():
        assert here[name] == version, name


def test_the_code_runs_where_it_is_unpacked_and_finds_its_faults(tmp_path: Path) -> None:
    zipfile.ZipFile(io.BytesIO(pack(ROOT))).extractall(tmp_path)
    find = (
        "import harness, harness.extensions as found; from pathlib import Path; from harness.targets import profile;"
        "assert harness.__file__.startswith(str(Path.cwd())), harness.__file__;"
        "profile.read_profile(Path('clusters/reference/profile.yaml'), inside=True);"
        "print(found.fault_lookup()('noop').name)"
    )
    # Without this environment's own entry points: -S leaves its editable install out.
    packages = os.pathsep.join([str(tmp_path), *(path for path in sys.path if path.endswith("site-packages"))])
    done = subprocess.run(
        [sys.executable, "-S", "-c", find], cwd=tmp_path, env={"PYTHONPATH": packages}, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "noop\n"), done.stderr


def test_what_images_are_made_with_stays_out() -> None:
    names = zipfile.ZipFile(io.BytesIO(pack(ROOT))).namelist()
    assert "harness/running/watchdog.py" in names
    assert not [name for name in names if name.endswith("requirements.txt")]


def test_the_same_code_makes_the_same_archive() -> None:
    assert pack(ROOT) == pack(ROOT)


def test_code_that_changed_replaces_the_watchdog() -> None:
    deployment = parse("watchdog.yaml", (ROOT / "clusters" / "instruments" / "watchdog.yaml").read_text())

    def template(code: bytes) -> Any:
        sources = with_config_hashes([deployment, config_map("watchdog-code", "chaos-harness", {"code.zip": code})])
        (found,) = [document for document in sources[0].documents if document["kind"] == "Deployment"]
        return found["spec"]["template"]

    assert template(b"one") == template(b"one")
    assert template(b"one") != template(b"two")


def test_code_that_no_config_map_can_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.ground.watchdogcode._LIMIT", 1000)
    with pytest.raises(UsageError, match="a ConfigMap holds 1000"):
        watchdog_code(workspace(ROOT))


def test_the_watchdog_is_where_the_profile_says() -> None:
    profile = yaml.safe_load((ROOT / "clusters" / "reference" / "profile.yaml").read_text())
    documents = list(yaml.safe_load_all((ROOT / "clusters" / "instruments" / "watchdog.yaml").read_text()))
    (deployment,) = [document for document in documents if document["kind"] == "Deployment"]
    place = {"name": profile["watchdog"], "namespace": profile["lease_namespace"]}
    assert deployment["metadata"].items() >= place.items()
    assert profile["lease_namespace"] == LEASE_NAMESPACE
    account = deployment["spec"]["template"]["spec"]["serviceAccountName"]
    who = f"system:serviceaccount:{profile['lease_namespace']}:{account}"
    assert any(re.fullmatch(pattern, who) for pattern in profile["may_write"])
    secret = profile["aws"]["credentials_secret"]
    (reader,) = [d for d in documents if d["kind"] == "Role" and d["metadata"]["namespace"] == secret["namespace"]]
    assert reader["rules"][0]["resourceNames"] == [secret["name"]]
