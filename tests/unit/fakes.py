"""A target in memory, for tests of what injects, heals, gates and responds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from harness.diagnosis.evidence import Evidence
from harness.errors import TargetError
from harness.facts.alert_history import AlertHistory
from harness.facts.rule_inputs import InputSeries, RuleInputs
from harness.facts.timeline import Timeline
from harness.judging.retry import RetryPolicy
from harness.parser_archive import sample_parser
from harness.probe import Observation, Probe
from harness.rules.timing import AlertTiming
from harness.target import ApiWrite, Lease, LoadedRules, Observer, Pressed, Stored

RIGHT = "arn:aws:iam::1:role/prd"
WRONG = "arn:aws:iam::1:role/stg"
POLICY = '{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'
DENIED = (
    "Error: error resolving source context: operation error S3: GetObject, https response error StatusCode: 403, "
    "api error AccessDenied: Access Denied"
)


class FakeIdentity:
    def __init__(self) -> None:
        self.policies: dict[tuple[str, str], str] = {("prd", "S3Access"): POLICY}
        self.writes = 0

    def role_policy(self, role: str, policy: str) -> str | None:
        return self.policies.get((role, policy))

    def put_role_policy(self, role: str, policy: str, document: str) -> None:
        self.writes += 1
        self.policies[role, policy] = document

    def delete_role_policy(self, role: str, policy: str) -> None:
        self.writes += 1
        self.policies.pop((role, policy), None)


class FakeParsers:
    def __init__(self) -> None:
        self.versions: dict[str, list[bytes]] = {"p": [sample_parser()], "canary": [sample_parser()]}
        self.deleted: set[str] = set()
        self.writes = 0

    def get(self, parser_id: str) -> bytes:
        if not self.exists(parser_id):
            raise TargetError(f"no parser {parser_id}")
        return self.versions[parser_id][-1]

    def put(self, parser_id: str, archive: bytes) -> Stored:
        self.writes += 1
        self.versions.setdefault(parser_id, []).append(archive)
        self.deleted.discard(parser_id)
        return Stored(f"s3/{parser_id}", self.snapshot()[f"s3/{parser_id}"])

    def snapshot(self) -> dict[str, str]:
        kept = [parser for parser in self.versions if self.exists(parser)]
        return {f"s3/{parser}": hashlib.sha256(self.versions[parser][-1]).hexdigest() for parser in kept}

    def exists(self, parser_id: str) -> bool:
        return parser_id in self.versions and parser_id not in self.deleted

    def delete(self, parser_id: str) -> str:
        self.deleted.add(parser_id)
        return "marker"

    def restore(self, parser_id: str) -> None:
        if parser_id not in self.versions:
            raise TargetError(f"no version of {parser_id}")
        self.deleted.discard(parser_id)

    def version(self, parser_id: str) -> str:
        self.get(parser_id)
        return str(len(self.versions[parser_id]) - 1)

    def revert(self, parser_id: str, version: str) -> None:
        self.put(parser_id, self.versions[parser_id][int(version)])


class FakeDesired:
    def __init__(self) -> None:
        self.role = RIGHT
        self.commits: list[str] = []

    def builder_role(self) -> str:
        return self.role

    def set_builder_role(self, role_arn: str, message: str) -> str:
        if role_arn == self.role:
            return ""
        self.role = role_arn
        self.commits.append(message)
        return f"commit{len(self.commits)}"


@dataclass
class FakeRule:
    id: str
    rule: Mapping[str, Any]
    hits: int = 0

    @property
    def owner(self) -> str:
        return str(self.rule["owner"])


class FakeProxy:
    """Keeps rules; one that answers with 429 acts at once."""

    def __init__(self) -> None:
        self.kept: list[FakeRule] = []
        self.writes = 0

    def put_rule(self, rule_id: str, rule: Mapping[str, Any]) -> None:
        self.writes += 1
        self.kept.append(FakeRule(rule_id, rule, hits=5 if rule["fault"].get("status") == 429 else 0))

    def delete_owned(self, owner: str) -> list[str]:
        gone = [rule.id for rule in self.kept if rule.owner == owner]
        self.kept = [rule for rule in self.kept if rule.owner != owner]
        return gone

    def rules(self) -> list[FakeRule]:
        return self.kept

    def breaks(self, service: str, key: str = "") -> bool:
        return any(
            rule.rule["match"]["service"] == service and fnmatch(key, rule.rule["match"].get("key", "*"))
            for rule in self.kept
        )


class FakeWorkloads:
    """One pod each; a killed one is replaced at once, and its process is gone at once."""

    def __init__(self) -> None:
        self.kept = {"builder": 1, "rabbitmq": 1, "prometheus": 1}
        self.killed: dict[str, int] = dict.fromkeys(self.kept, 0)
        self.watched: set[str] = set()
        self.writes = 0

    def watch(self, workload: str) -> list[str]:
        process = f"{workload}-{self.killed[workload]}"
        self.watched.add(process)
        return [process]

    def kill(self, processes: Sequence[str]) -> None:
        for process in self.alive(processes):
            self.writes += 1
            self.killed[process.split("-")[0]] += 1

    def alive(self, processes: Sequence[str]) -> list[str]:
        return [
            process
            for process in processes
            for workload, number in [process.split("-")]
            if self.killed[workload] == int(number) and self.kept[workload]
        ]

    def forget(self, processes: Sequence[str]) -> None:
        self.watched -= set(processes)

    def replicas(self, workload: str) -> int:
        return self.kept[workload]

    def scale(self, workload: str, replicas: int) -> None:
        self.writes += 1
        self.kept[workload] = replicas


class FakeNode:
    """Idle but for what presses."""

    def __init__(self) -> None:
        self.tells = True
        self.pods: set[str] = set()
        self.pressed = Pressed(waited=0.96, taken=0.9, seconds=2.0)

    def tells_of_pressure(self) -> bool:
        return self.tells

    def press(self, name: str, _seconds: int) -> None:
        self.pods.add(name)

    def pressing(self, name: str) -> Pressed | None:
        return self.pressed if name in self.pods else None

    def relieve(self, name: str) -> None:
        self.pods.discard(name)


class FakeLeases:
    """Leases that expire when a test says so."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.expired: set[str] = set()

    def put(self, lease_id: str, _holder: str, text: str, _ttl_s: float) -> None:
        self.kept[lease_id] = text

    def renew(self, lease_id: str) -> bool:
        return lease_id in self.kept

    def delete(self, lease_id: str) -> bool:
        return self.kept.pop(lease_id, None) is not None

    def all(self) -> list[Lease]:
        return [Lease(id=key, text=text, expired=key in self.expired) for key, text in self.kept.items()]


class FakeTarget:
    """As much of a pipeline as its signs: access is refused as the real one refuses it."""

    builder_role_arn = RIGHT
    other_role_arn = WRONG
    parser_policy = "S3Access"
    repository = "builds"
    parser_room = 1 << 20
    retry_policy = RetryPolicy(max_attempts=3, base_s=5.0, max_s=30.0)

    def __init__(self) -> None:
        self.proxy = FakeProxy()
        self.leases = FakeLeases()
        self.workloads = FakeWorkloads()
        self.node = FakeNode()
        self.writes: list[ApiWrite] = []
        self.identity = FakeIdentity()
        self.parsers = FakeParsers()
        self.desired = FakeDesired()
        self.triggered: list[tuple[str, str]] = []
        self.probes: list[Probe] = []
        self.rules = '{"groups": [{"name": "g", "rules": [{"alert": "Down", "expr": "up == 0"}]}]}'
        self.incarnation = "first"
        self.left: list[str] = []
        self.failed_jobs: list[str] = []
        self.history = AlertHistory(states=[], active_since=[], kept=[], evaluation_s=0.01, error_s=0.02)

    def guard(self) -> None:
        return

    def observers(self, timeline: Timeline) -> Sequence[Observer]:
        timeline.record("sample", "dead letters", value=0)
        return []

    def steady_state(self) -> Sequence[Probe]:
        return self.probes

    def trigger_build(self, parser_id: str, correlation_id: str) -> None:
        self.triggered.append((parser_id, correlation_id))

    def parser_access(self, parser_id: str) -> Observation:
        allowed = (
            self.desired.role == RIGHT
            and self.identity.role_policy("prd", "S3Access") is not None
            and self.parsers.exists(parser_id)
            and not self.proxy.breaks("s3", f"global/parser/{parser_id}")
            and not self.proxy.breaks("sts")
        )
        return Observation(value=allowed, accepted=allowed, detail="readable" if allowed else "AccessDenied")

    def registry_access(self) -> Observation:
        faults = [rule.rule["fault"]["kind"] for rule in self.proxy.kept if rule.rule["match"]["service"] == "registry"]
        took_ms = 900.0 if "latency" in faults else 1.0
        return Observation(value=took_ms, accepted="error" not in faults, detail=f"{took_ms} ms")

    def queue_access(self) -> Observation:
        there = self.workloads.replicas("rabbitmq") > 0
        return Observation(value=None, accepted=there, detail="there" if there else "refused")

    def images(self) -> list[str]:
        return []

    def api_writes(self, since: float) -> list[ApiWrite]:
        return [write for write in self.writes if write.at >= since]

    def may_write(self) -> list[str]:
        return ["robot"]

    def evidence(self, parser_id: str, _job: str) -> Evidence:
        return Evidence(
            log_lines=() if self.parser_access(parser_id).accepted else (DENIED,),
            annotated_role=self.desired.role,
            runbook_role=RIGHT,
            policy=self.identity.role_policy("prd", "S3Access"),
            policy_name="S3Access",
            parser_exists=self.parsers.exists(parser_id),
            parser_location=f"s3://bucket/{parser_id}",
        )

    def loaded_rules(self) -> LoadedRules:
        return LoadedRules(text=self.rules, scrape_s=15.0, evaluation_s=15.0, prometheus="http://127.0.0.1:1")

    def alert_timing(self, _alert: str) -> AlertTiming:
        return AlertTiming(
            window_s=0.2,
            for_s=0,
            scrape_s=0.01,
            evaluation_s=0.01,
            group_wait_s=0.01,
            group_interval_s=0.01,
            repeat_interval_s=60,
        )

    def alert_timings(self) -> Sequence[AlertTiming]:
        return [self.alert_timing("")]

    def alert_history(self, _seconds: float) -> AlertHistory:
        return self.history

    def rule_inputs(self, seconds: float) -> RuleInputs:
        return RuleInputs(
            rules="groups: []",
            factor=1,
            scrape_s=0.01,
            evaluation_s=0.01,
            began=1000.0,
            until=1000.0 + seconds,
            series=[InputSeries(labels={"__name__": "up"}, first=1000.0, values="1x9")],
        )

    def alert_value(self, _alert: str) -> tuple[float | None, float | None]:
        return 0.08, 0.1

    def restore_parser_policy(self) -> str:
        self.identity.put_role_policy("prd", "S3Access", POLICY)
        return "put"

    def tidy(self) -> list[str]:
        failed, self.failed_jobs = self.failed_jobs, []
        return failed

    def delete_failed_jobs(self) -> list[str]:
        return []

    def snapshot(self) -> dict[str, str]:
        found = {f"iam/{role}/{policy}": text for (role, policy), text in self.identity.policies.items()}
        return found | self.parsers.snapshot() | {"git/role": self.desired.role} | dict.fromkeys(self.left, "x")

    def may_remain(self) -> list[str]:
        return ["cache/.*"]

    def collect_evidence(self, folder: Path, _since: float) -> None:
        (folder / "collected").touch()
