"""The documents to apply: manifests and generated ConfigMaps, rendered, hashed and put in order. Pure."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from harness.errors import UsageError
from harness.ground.digest import combined

Document = dict[str, Any]
CONFIG_ANNOTATION = "chaos-harness/config"
_FIRST = ("Namespace", "CustomResourceDefinition")
_PART_OF_KUBERNETES = ("apps", "batch", "rbac.authorization.k8s.io", "networking.k8s.io", "policy", "autoscaling",
                       "storage.k8s.io", "apiextensions.k8s.io", "scheduling.k8s.io", "coordination.k8s.io",
                       "apiregistration.k8s.io", "admissionregistration.k8s.io")  # fmt: skip


@dataclass(frozen=True)
class Source:
    """Rendered documents of one file, in its order."""

    name: str
    documents: tuple[Document, ...]

    @property
    def digest(self) -> str:
        return combined([yaml.safe_dump(document, sort_keys=True) for document in self.documents])


def parse(name: str, text: str) -> Source:
    """The documents of a rendered file. Raises UsageError when it is not YAML."""
    try:
        found = tuple(document for document in yaml.safe_load_all(text) if document)
    except yaml.YAMLError as error:
        raise UsageError(f"{name} is not YAML: {error}", todo="correct the file") from error
    return Source(name, found)


def config_map(name: str, namespace: str, files: Mapping[str, str | bytes]) -> Source:
    """A ConfigMap made of files, of text or of bytes."""
    document: Document = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace},
        "data": {file: content for file, content in files.items() if isinstance(content, str)},
    }
    binary = {file: base64.b64encode(content).decode() for file, content in files.items() if isinstance(content, bytes)}
    return Source(f"configmap/{name}", (document | ({"binaryData": binary} if binary else {}),))


def without_replaced(sources: Iterable[Source], by: Iterable[Source]) -> list[Source]:
    """`sources` without the objects that one of `by` holds under the same kind, namespace and name."""
    replaced = {_identity(document) for source in by for document in source.documents}
    return [
        Source(source.name, tuple(document for document in source.documents if _identity(document) not in replaced))
        for source in sources
    ]


def _identity(document: Document) -> tuple[str, str, str]:
    metadata = document["metadata"]
    return document["kind"], metadata.get("namespace", "default"), metadata["name"]


def with_config_hashes(sources: Iterable[Source]) -> list[Source]:
    """`sources` with pod templates annotated by the hash of those ConfigMaps among them that they mount.

    A process that read its configuration once is then replaced when that changes.
    """
    sources = list(sources)
    hashes = {
        (document["metadata"].get("namespace", "default"), document["metadata"]["name"]): hashlib.sha256(
            yaml.safe_dump(document.get("data", {}) | document.get("binaryData", {}), sort_keys=True).encode()
        ).hexdigest()[:16]
        for source in sources
        for document in source.documents
        if document["kind"] == "ConfigMap"
    }
    return [
        Source(source.name, tuple(_with_config_hash(document, hashes) for document in source.documents))
        for source in sources
    ]


def _with_config_hash(document: Document, hashes: Mapping[tuple[str, str], str]) -> Document:
    template = document.get("spec", {}).get("template") if isinstance(document.get("spec"), dict) else None
    if not isinstance(template, dict) or "spec" not in template:
        return document
    namespace = document["metadata"].get("namespace", "default")
    mounted = [
        hashes[namespace, volume["configMap"]["name"]]
        for volume in template["spec"].get("volumes", [])
        if "configMap" in volume and (namespace, volume["configMap"]["name"]) in hashes
    ]
    if not mounted:
        return document
    metadata = template.get("metadata", {})
    annotations = {**metadata.get("annotations", {}), CONFIG_ANNOTATION: combined(sorted(mounted))[:16]}
    template = {**template, "metadata": {**metadata, "annotations": annotations}}
    return {**document, "spec": {**document["spec"], "template": template}}


def in_waves(sources: Iterable[Source]) -> list[list[Document]]:
    """All documents in the order to apply: namespaces and definitions, the known kinds, then custom resources.

    A server can take no object of a kind that it has not been taught yet.
    """
    waves: list[list[Document]] = [[], [], []]
    for source in sources:
        for document in source.documents:
            group = document["apiVersion"].rpartition("/")[0]
            if document["kind"] in _FIRST:
                waves[0].append(document)
            elif group == "" or group in _PART_OF_KUBERNETES:
                waves[1].append(document)
            else:
                waves[2].append(document)
    return [wave for wave in waves if wave]
