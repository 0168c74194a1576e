"""The profile of a pipeline of the reference kind: every name and address the adapter needs, checked when read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from harness.documents import document
from harness.errors import UsageError
from harness.judging.retry import RetryPolicy


class Containers(msgspec.Struct, frozen=True):
    """Names of a build pod's containers."""

    build: str


class Labels(msgspec.Struct, frozen=True):
    """Labels of a build job; an annotation of the same name holds what does not fit a label."""

    parser: str
    correlation_id: str
    attempt: str


class Annotations(msgspec.Struct, frozen=True):
    """Annotations of a job: how it ended, as JSON why it failed, and when the build's result was published, which is
    when the builder will not try it again."""

    outcome: str
    failure: str
    published_at: str


class Builds(msgspec.Struct, frozen=True):
    """What builds look like in the cluster. `parser_room_mib` is what a parser may take, packed and unpacked
    together; `retry` is what is promised of builds that are tried again."""

    namespace: str
    deployment: str
    service_account: str
    role_annotation: str
    job_selector: str
    containers: Containers
    parser_room_mib: int
    retry: RetryPolicy
    labels: Labels
    annotations: Annotations


class EventTypes(msgspec.Struct, frozen=True):
    """CloudEvents types."""

    start: str


class Messaging(msgspec.Struct, frozen=True):
    """The broker. `consumers`: how many each queue must have at least."""

    url: str
    metrics_url: str
    build_queue: str
    consumers: dict[str, int]
    event_types: EventTypes


class SecretReference(msgspec.Struct, frozen=True):
    """A Kubernetes secret with access_key_id and secret_access_key."""

    namespace: str
    name: str


class Aws(msgspec.Struct, frozen=True):
    """The account. `endpoint_as_seen` is where builds reach it, through the fault proxy. `policy_file`,
    relative to the profile, is what the runbook puts back as `role_policy`."""

    endpoint: str
    endpoint_as_seen: str
    region: str
    account: str
    credentials_secret: SecretReference
    bucket: str
    parser_prefix: str
    role: str
    other_role: str
    role_policy: str
    repository: str
    registry_url: str
    registry_as_seen: str
    policy_file: str
    token_audience: str

    def role_arn(self, role: str) -> str:
        """The ARN of one of the account's roles."""
        return f"arn:aws:iam::{self.account}:role/{role}"

    def parser_key(self, parser_id: str) -> str:
        """The object that holds a parser."""
        return f"{self.parser_prefix}{parser_id}"


class Monitoring(msgspec.Struct, frozen=True):
    """Where alerting is; production files, relative to the profile; `samples` are PromQL with one value, by name."""

    prometheus: str
    receiver: str
    rules: str
    prometheus_config: str
    alertmanager_config: str
    samples: dict[str, str]


class GitOps(msgspec.Struct, frozen=True):
    """The repository that is deployed, and the file that names the builder's role."""

    url: str
    service_account_file: str


class Workload(msgspec.Struct, frozen=True):
    """A long-running part of the pipeline."""

    kind: Literal["Deployment", "StatefulSet"]
    namespace: str
    name: str


class OwnedCluster(msgspec.Struct, frozen=True):
    """Somebody else's cluster: its kubeconfig (relative to the profile, or with ~) and that file's current context."""

    kubeconfig: str
    context: str


class Profile(msgspec.Struct, frozen=True):
    """A whole profile, as far as the adapter needs it: other tools may keep more in the file.

    `may_write` are patterns of identities that change the cluster when nobody acts by hand. `lease_namespace` is where
    the harness keeps what it has broken, and where the deployment `watchdog` is. `cluster` is for one that `make up`
    did not make. `workloads` are those that may be broken, by the names faults know them by; `instrument`
    is the harness's own on the pipeline's node, with python3 in its image.
    """

    name: str
    adapter: str
    builds: Builds
    messaging: Messaging
    aws: Aws
    monitoring: Monitoring
    gitops: GitOps
    fault_proxy: str
    lease_namespace: str
    watchdog: str
    workloads: dict[str, Workload]
    instrument: Workload
    may_write: list[str]
    evidence_namespaces: list[str]
    cluster: OwnedCluster | None = None

    @property
    def fault_namespaces(self) -> list[str]:
        """Every namespace that the harness changes something in."""
        named = {self.builds.namespace, self.aws.credentials_secret.namespace, self.lease_namespace}
        named |= {workload.namespace for workload in (*self.workloads.values(), self.instrument)}
        return sorted(named | set(self.evidence_namespaces))


def read_profile(path: Path, *, inside: bool = False) -> Profile:
    """The profile at `path`; `inside` the cluster with the addresses of its section `inside` in place of the others.

    Raises:
        UsageError: it cannot be read, or a field is missing or of the wrong type (named in the message).
    """
    try:
        fields = document(path.read_text())
        return msgspec.convert(_seen_from_inside(fields) if inside else fields, Profile)
    except (OSError, yaml.YAMLError, msgspec.ValidationError, KeyError, TypeError) as error:
        raise UsageError(f"profile {path}: {error}", todo="see docs/targets.md") from error


def _seen_from_inside(fields: dict[str, Any]) -> dict[str, Any]:
    return _overlaid(fields, fields["inside"], "inside")


def _overlaid(fields: dict[str, Any], by: dict[str, Any], where: str) -> dict[str, Any]:
    """`fields` with those of `by` in their place. Raises KeyError for one of `by` that takes nothing's place."""
    for name in by:
        if name not in fields:
            raise KeyError(f"{where}.{name} takes the place of nothing")
    return fields | {
        name: _overlaid(fields[name], value, f"{where}.{name}") if isinstance(value, dict) else value
        for name, value in by.items()
    }
