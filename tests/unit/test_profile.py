"""A profile is checked when it is read, and says what is reached where: from this machine, from inside the cluster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from harness.errors import UsageError
from harness.targets.profile import read_profile

CLUSTERS = Path(__file__).parents[2] / "clusters"
PROFILE = CLUSTERS / "reference" / "profile.yaml"


def addresses(fields: Any) -> Iterator[str]:
    for value in fields.values():
        if isinstance(value, dict):
            yield from addresses(value)
        elif isinstance(value, str) and "://" in value:
            yield value


def services() -> dict[str, set[int]]:
    """Ports of every Service there is, by its name inside the cluster."""
    found: dict[str, set[int]] = {}
    for path in (*(CLUSTERS / "reference" / "manifests").glob("*.yaml"), *(CLUSTERS / "instruments").glob("*.yaml")):
        for document in filter(None, yaml.safe_load_all(path.read_text())):
            if document["kind"] == "Service":
                name = f"{document['metadata']['name']}.{document['metadata']['namespace']}.svc.cluster.local"
                found.setdefault(name, set()).update(port["port"] for port in document["spec"]["ports"])
    return found


def changed(folder: Path, **fields: Any) -> Path:
    path = folder / "profile.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(PROFILE.read_text()) | fields))
    return path


def test_every_address_of_this_machine_has_one_inside() -> None:
    profile = yaml.safe_load(PROFILE.read_text())
    inside = profile.pop("inside")
    here = [address for address in addresses(profile) if urlsplit(address).hostname == "127.0.0.1"]
    assert len(here) == len(list(addresses(inside))) > 0
    seen = read_profile(PROFILE, inside=True)
    reached = [seen.messaging.url, seen.messaging.metrics_url, seen.aws.endpoint, seen.aws.endpoint_as_seen,
               seen.aws.registry_url, seen.aws.registry_as_seen, seen.fault_proxy, seen.gitops.url,
               seen.monitoring.prometheus, seen.monitoring.receiver]  # fmt: skip
    assert all(urlsplit(address).hostname != "127.0.0.1" for address in reached)


def test_every_address_inside_is_that_of_a_service() -> None:
    known = services()
    for address in addresses(yaml.safe_load(PROFILE.read_text())["inside"]):
        host, port = urlsplit(address).hostname or "", urlsplit(address).port or 80
        assert port in known.get(host, set()), address


def test_from_here_the_section_changes_nothing() -> None:
    assert urlsplit(read_profile(PROFILE).aws.endpoint).hostname == "127.0.0.1"


def test_what_takes_the_place_of_nothing_is_refused(tmp_path: Path) -> None:
    path = changed(tmp_path, inside={"aws": {"endpiont": "http://x"}})
    with pytest.raises(UsageError, match=r"inside\.aws\.endpiont takes the place of nothing"):
        read_profile(path, inside=True)


def test_a_profile_without_the_section_has_no_view_from_inside(tmp_path: Path) -> None:
    fields = yaml.safe_load(PROFILE.read_text())
    del fields["inside"]
    (tmp_path / "profile.yaml").write_text(yaml.safe_dump(fields))
    with pytest.raises(UsageError, match="inside"):
        read_profile(tmp_path / "profile.yaml", inside=True)


def test_everything_that_is_changed_is_in_a_namespace_that_must_opt_in(tmp_path: Path) -> None:
    hidden = {"kind": "Deployment", "namespace": "hidden", "name": "x"}
    path = changed(tmp_path, evidence_namespaces=[], workloads={"builder": hidden}, lease_namespace="leases")
    assert read_profile(path).fault_namespaces == ["aws", "hidden", "knative-lambda", "leases"]


def test_a_cluster_is_named_whole(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="context"):
        read_profile(changed(tmp_path, cluster={"kubeconfig": "k"}))
