"""The profile of a pipeline of the reference kind: every name and address the adapter needs, checked when read."""

from __future__ import annotations

from pathlib import Path

import msgspec
import yaml

from harness.errors import UsageError


class Endpoints(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """URLs on this machine."""

    aws: str
    registry: str
    git: str
    prometheus: str
    alertmanager: str
    receiver: str
    amqp: str
    rabbitmq_metrics: str


class Builds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a build is asked for and what its jobs look like."""

    namespace: str
    service_account: str
    deployment: str
    queue: str
    event_type: str
    job_selector: str
    correlation_label: str
    parser_label: str
    attempt_label: str
    container: str


class Aws(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The account's names. `key` has {parser} in it; `policy_file` is relative to the profile; `keys_secret` is
    namespace/name of the secret with an administrator's access_key_id and secret_access_key."""

    region: str
    bucket: str
    key: str
    builder_role: str
    other_role: str
    role_annotation: str
    token_audience: str
    policy_name: str
    policy_file: str
    keys_secret: str


class GitOps(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where in the git repository the builder's role is set."""

    service_account_file: str


class Alerting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Production configuration, relative to the profile."""

    rules: str
    prometheus: str
    alertmanager: str


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole profile. `queues`: each with the consumers it must have; `samples`: PromQL with one value, by name."""

    adapter: str
    endpoints: Endpoints
    builds: Builds
    queues: dict[str, int]
    aws: Aws
    gitops: GitOps
    alerting: Alerting
    samples: dict[str, str]
    evidence_namespaces: list[str]


def read_profile(path: Path) -> Profile:
    """The profile at `path`.

    Raises:
        UsageError: it cannot be read, or a field is missing, unknown or of the wrong type (named in the message).
    """
    try:
        return msgspec.convert(yaml.safe_load(path.read_text()), Profile)
    except (OSError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise UsageError(f"profile {path}: {error}", todo="see docs/targets.md") from error
