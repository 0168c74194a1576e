"""The target: the system under test, as the harness speaks to it.

`reference` (harness.targets.reference) is the first adapter. A second pipeline brings its own adapter and profile;
features, steps, faults and checkers stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from harness.diagnosis import Evidence
from harness.probe import Observation, Probe
from harness.rules.timing import AlertTiming
from harness.timeline import Timeline


class ApiWrite(msgspec.Struct, frozen=True):
    """A change somebody asked the API server for. `at`: seconds since the epoch."""

    at: float
    who: str
    verb: str
    what: str
    agent: str


class Observer(Protocol):
    """Watches one source and records what it sees as facts until it is stopped."""

    def start(self) -> None:
        """Begin, and return once the source was heard from."""
        ...

    def stop(self) -> None:
        """End; returns when nothing more will be recorded."""
        ...


class Identity(Protocol):
    """Who may do what: roles and their inline policies."""

    def role_policy(self, role: str, policy: str) -> str | None:
        """The policy document (JSON text), None when the role does not have it."""
        ...

    def put_role_policy(self, role: str, policy: str, document: str) -> None: ...

    def delete_role_policy(self, role: str, policy: str) -> None: ...


class ParserStore(Protocol):
    """Where parsers are kept, by parser id."""

    def put(self, parser_id: str, archive: bytes) -> None: ...

    def get(self, parser_id: str) -> bytes:
        """The parser's current archive. Raises TargetError when it is not there."""
        ...

    def exists(self, parser_id: str) -> bool: ...

    def delete(self, parser_id: str) -> str:
        """Remove the parser's current version; answers with what `restore` needs."""
        ...

    def restore(self, parser_id: str) -> None:
        """Bring the last version back; nothing when it is there."""
        ...


class DesiredState(Protocol):
    """What is deployed through git."""

    def builder_role(self) -> str:
        """The role that git says the builder's service account takes."""
        ...

    def set_builder_role(self, role_arn: str, message: str) -> str:
        """Commit and push another role; answers with the commit, "" when there was nothing to change."""
        ...


class RuleInForce(Protocol):
    """A rule of the fault proxy, and how often it acted."""

    @property
    def owner(self) -> str: ...

    @property
    def rule(self) -> Mapping[str, Any]: ...

    @property
    def hits(self) -> int: ...


class ProxyControl(Protocol):
    """Rules of the proxy that stands in front of AWS and the registry; see docs/proxy.md for their form."""

    def put_rule(self, rule_id: str, rule: Mapping[str, Any]) -> None: ...

    def delete_owned(self, owner: str) -> list[str]: ...

    def rules(self) -> Sequence[RuleInForce]: ...


class Target(Protocol):
    """A build pipeline: how to trigger a build, what may be broken, where its signs are."""

    @property
    def identity(self) -> Identity: ...

    @property
    def parsers(self) -> ParserStore: ...

    @property
    def desired(self) -> DesiredState: ...

    @property
    def proxy(self) -> ProxyControl: ...

    @property
    def repository(self) -> str:
        """The registry's repository that builds push to."""
        ...

    @property
    def builder_role_arn(self) -> str:
        """The role the runbook says the builder must have."""
        ...

    @property
    def other_role_arn(self) -> str:
        """A role that exists and may not read parsers."""
        ...

    @property
    def parser_policy(self) -> str:
        """Name of the inline policy that lets the builder's role read parsers."""
        ...

    @property
    def incarnation(self) -> str:
        """Tells this target from one made before or after it under the same name: a fault dies with its target."""
        ...

    def guard(self) -> None:
        """Refuse what is not ours. Raises NotOurs."""
        ...

    def observers(self, timeline: Timeline) -> Sequence[Observer]:
        """All that watch this target."""
        ...

    def steady_state(self) -> Sequence[Probe]:
        """What must hold before anything is broken, except for the canary build."""
        ...

    def trigger_build(self, parser_id: str, correlation_id: str) -> None:
        """Ask for a build as a user would."""
        ...

    def parser_access(self, parser_id: str) -> Observation:
        """Try, with the builder's own identity, to read a parser. Accepted when it can."""
        ...

    def registry_access(self) -> Observation:
        """Ask the registry, as builds reach it, whether it is there. The value is how long it took, in ms."""
        ...

    def images(self) -> list[str]:
        """Tags in the registry's repository of builds."""
        ...

    def api_writes(self, since: float) -> list[ApiWrite]:
        """Writes to the API server since then, by anybody."""
        ...

    def may_write(self) -> list[str]:
        """Patterns of identities that change the cluster when nobody acts by hand."""
        ...

    def evidence(self, parser_id: str, job: str) -> Evidence:
        """What an SRE can see of a failed build."""
        ...

    def alert_timing(self, alert: str) -> AlertTiming:
        """What the deployed configuration promises for an alert. Raises UsageError for an unknown alert."""
        ...

    def alert_value(self, alert: str) -> tuple[float | None, float | None]:
        """The value of the alert's expression now, and its threshold; None where there is none."""
        ...

    def restore_parser_policy(self) -> str:
        """Put the policy of the runbook back; answers with what was done."""
        ...

    def delete_failed_jobs(self) -> list[str]:
        """Delete the jobs of failed builds, as the runbook's step 10; answers with their names."""
        ...

    def snapshot(self) -> dict[str, str]:
        """Everything that a fault could leave behind, by name; see harness.residue."""
        ...

    def may_remain(self) -> list[str]:
        """Patterns of names in a snapshot that a scenario may leave: the parsers it stored, for one."""
        ...

    def collect_evidence(self, folder: Path) -> None:
        """Save logs, events and object dumps under `folder`."""
        ...
