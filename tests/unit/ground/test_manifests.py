"""Documents to apply: their order, and who is restarted by a changed configuration."""

from __future__ import annotations

import pytest

from harness.errors import UsageError
from harness.ground.manifests import (
    CONFIG_ANNOTATION,
    Document,
    Source,
    config_map,
    in_waves,
    parse,
    with_config_hashes,
)


def document(kind: str, version: str, name: str = "x") -> Document:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}}


def deployment(mounted: str) -> Source:
    template = {"metadata": {"annotations": {"kept": "yes"}}, "spec": {"volumes": [{"configMap": {"name": mounted}}]}}
    metadata = {"name": "d", "namespace": "monitoring"}
    return Source("d.yaml", ({"kind": "Deployment", "metadata": metadata, "spec": {"template": template}},))


def pod_annotations(sources: list[Source]) -> dict[str, str]:
    found: dict[str, str] = sources[0].documents[0]["spec"]["template"]["metadata"].get("annotations", {})
    return found


def test_kinds_come_before_their_objects() -> None:
    sources = [
        Source("a", (document("GitRepository", "source.toolkit.fluxcd.io/v1"), document("Deployment", "apps/v1"))),
        Source("b", (document("CustomResourceDefinition", "apiextensions.k8s.io/v1"), document("Secret", "v1"))),
        Source("c", (document("Namespace", "v1"),)),
    ]
    assert [[each["kind"] for each in wave] for wave in in_waves(sources)] == [
        ["CustomResourceDefinition", "Namespace"],
        ["Deployment", "Secret"],
        ["GitRepository"],
    ]


def test_a_changed_configuration_replaces_its_process() -> None:
    one, other = (
        pod_annotations(with_config_hashes([deployment("rules"), config_map("rules", "monitoring", {"r.yaml": text})]))
        for text in ("for: 5m", "for: 30s")
    )
    assert one[CONFIG_ANNOTATION] != other[CONFIG_ANNOTATION]
    assert one["kept"] == "yes"


def test_configuration_of_others_does_not_matter() -> None:
    unrelated = [config_map("rules", "elsewhere", {"r": "1"}), config_map("other", "monitoring", {"r": "1"})]
    assert pod_annotations(with_config_hashes([deployment("rules"), *unrelated])) == {"kept": "yes"}


def test_empty_documents_are_left_out() -> None:
    assert len(parse("x.yaml", "---\n---\nkind: A\n---\n").documents) == 1


def test_what_is_not_yaml_is_named() -> None:
    with pytest.raises(UsageError, match=r"10-x\.yaml is not YAML"):
        parse("10-x.yaml", "a: [")


def test_digest_follows_content_not_spelling() -> None:
    assert parse("x", "{a: 1, b: 2}").digest == parse("x", "b: 2\na: 1").digest != parse("x", "{a: 1, b: 3}").digest
