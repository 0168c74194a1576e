"""The target: the system under test, as the harness speaks to it.

`reference` (harness.targets.reference) is the first adapter. A second pipeline brings its own adapter and profile;
features, steps, faults and checkers stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from harness.diagnosis.evidence import Evidence
from harness.facts.alert_history import AlertHistory
from harness.facts.rule_inputs import RuleInputs
from harness.facts.timeline import Timeline
from harness.judging.retry import RetryPolicy
from harness.probe import Observation, Probe
from harness.rules.timing import AlertTiming


class ApiWrite(msgspec.Struct, frozen=True):
    """A change somebody asked the API server for. `at`: seconds since the epoch."""

    at: float
    who: str
    verb: str
    what: str
    agent: str


class LoadedRules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules that Prometheus evaluates, as the text of a rule file, and how often it scrapes and evaluates."""

    text: str
    scrape_s: float
    evaluation_s: float
    prometheus: str
    """URL of the Prometheus that has them."""


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


class Stored(msgspec.Struct, frozen=True):
    """What a snapshot has of something once it is stored: its name there, and the digest of what it holds."""

    name: str
    digest: str


class ParserStore(Protocol):
    """Where parsers are kept, by parser id."""

    def put(self, parser_id: str, archive: bytes) -> Stored: ...

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

    def version(self, parser_id: str) -> str:
        """Names the parser's current version. Raises TargetError when it is not there."""
        ...

    def revert(self, parser_id: str, version: str) -> None:
        """Make that version the current one again. Raises TargetError when it is not kept any more."""
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


class Workloads(Protocol):
    """The pipeline's long-running workloads, by name: builder, rabbitmq, prometheus.

    A process is named by one line of text. Each may raise TargetError; a workload that there is not, UsageError.
    """

    def watch(self, workload: str) -> list[str]:
        """The workload's processes; from now on the end of each is seen as it comes."""
        ...

    def kill(self, processes: Sequence[str]) -> None:
        """End these without any grace; nothing for one that is gone."""
        ...

    def alive(self, processes: Sequence[str]) -> list[str]:
        """Those that still run. What is not watched from here is judged by what the API server has of it, which
        forgets a process that was killed some 2 s before it is gone."""
        ...

    def forget(self, processes: Sequence[str]) -> None:
        """Watch these no longer; nothing for one that is not watched."""
        ...

    def replicas(self, workload: str) -> int:
        """How many the workload is meant to have."""
        ...

    def scale(self, workload: str, replicas: int) -> None: ...


class Pressed(msgspec.Struct, frozen=True):
    """What came of a node's pressing, from its begin: shares of the time, 0 to 1.

    Attributes:
        waited: in which some process waited for a processor, by the kernel's own account (PSI).
        taken: of all processors' time, what the pressing took.
        seconds: over how long both were measured.
    """

    waited: float
    taken: float
    seconds: float


class Node(Protocol):
    """The machine that the pipeline runs on. Each may raise TargetError."""

    def tells_of_pressure(self) -> bool:
        """Whether its kernel keeps account of who waits for a processor."""
        ...

    def press(self, name: str, seconds: int) -> None:
        """Keep the processors busy, within bounds, until relieved, and for that long at most."""
        ...

    def pressing(self, name: str) -> Pressed | None:
        """What has come of it so far; None when it is not at work, or not long enough to tell."""
        ...

    def relieve(self, name: str) -> None:
        """End what `press` started; nothing when it has ended."""
        ...


class Lease(msgspec.Struct, frozen=True):
    """What a runner has broken, as the target keeps it. `expired`: not renewed in time."""

    id: str
    text: str
    expired: bool


class Leases(Protocol):
    """Where the target keeps what is broken in it while somebody answers for it. Each may raise TargetError."""

    def put(self, lease_id: str, holder: str, text: str, ttl_s: float) -> None:
        """Take a lease; `text` says what was broken."""
        ...

    def renew(self, lease_id: str) -> bool:
        """Answer for it for another time to live; False when it is gone."""
        ...

    def delete(self, lease_id: str) -> bool:
        """Give it back; False when it was gone."""
        ...

    def all(self) -> list[Lease]: ...


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
    def leases(self) -> Leases: ...

    @property
    def workloads(self) -> Workloads: ...

    @property
    def node(self) -> Node: ...

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
    def parser_room(self) -> int:
        """How many bytes a parser may take, packed and unpacked together."""
        ...

    @property
    def retry_policy(self) -> RetryPolicy:
        """What is promised of builds that are tried again."""
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
        """What must hold before anything is broken, except for the canary build. Those with `stop` must hold while it
        is, whatever the fault."""
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

    def queue_access(self) -> Observation:
        """Ask the broker, as the pipeline speaks to it, whether it is there."""
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

    def loaded_rules(self) -> LoadedRules:
        """What Prometheus really evaluates, whatever was deployed. Raises TargetError."""
        ...

    def alert_timing(self, alert: str) -> AlertTiming:
        """What the deployed configuration promises for an alert. Raises UsageError for an unknown alert."""
        ...

    def alert_timings(self) -> Sequence[AlertTiming]:
        """What the deployed configuration promises for every alert there is."""
        ...

    def alert_history(self, seconds: float) -> AlertHistory:
        """What Prometheus itself has kept of all alerts in the last `seconds`. Raises TargetError."""
        ...

    def rule_inputs(self, seconds: float) -> RuleInputs:
        """What the alert rules saw in the last `seconds`, and as far back as they look. Raises TargetError."""
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

    def tidy(self) -> list[str]:
        """Remove builds of earlier runs that have ended; answers with the names.

        Failed ones would make alerts fire, and a node with hundreds of ended pods is slow. Nothing in a cluster that is
        somebody else's.
        """
        ...

    def snapshot(self) -> dict[str, str]:
        """Everything that a fault could leave behind, by name; see harness.judging.residue."""
        ...

    def may_remain(self) -> list[str]:
        """Patterns of names in a snapshot that may differ after a scenario, besides what it has stored itself: what
        the pipeline changes as it works."""
        ...

    def collect_evidence(self, folder: Path, since: float) -> None:
        """Save logs, events and object dumps under `folder`; what was over by `since` is left out."""
        ...
