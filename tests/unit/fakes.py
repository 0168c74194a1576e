"""A target in memory, for tests of what injects, heals, gates and responds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.diagnosis import Evidence
from harness.errors import TargetError
from harness.parser_archive import sample_parser
from harness.probe import Observation, Probe
from harness.rules.timing import AlertTiming
from harness.target import ApiWrite, Observer
from harness.timeline import Timeline

RIGHT = "arn:aws:iam::1:role/prd"
WRONG = "arn:aws:iam::1:role/stg"
POLICY = '{"Statement": []}'


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
        self.versions: dict[str, list[bytes]] = {"p": [sample_parser()]}
        self.deleted: set[str] = set()
        self.writes = 0

    def get(self, parser_id: str) -> bytes:
        if not self.exists(parser_id):
            raise TargetError(f"no parser {parser_id}")
        return self.versions[parser_id][-1]

    def put(self, parser_id: str, archive: bytes) -> None:
        self.writes += 1
        self.versions.setdefault(parser_id, []).append(archive)
        self.deleted.discard(parser_id)

    def exists(self, parser_id: str) -> bool:
        return parser_id in self.versions and parser_id not in self.deleted

    def delete(self, parser_id: str) -> str:
        self.deleted.add(parser_id)
        return "marker"

    def restore(self, parser_id: str) -> None:
        if parser_id not in self.versions:
            raise TargetError(f"no version of {parser_id}")
        self.deleted.discard(parser_id)


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

    def breaks(self, service: str) -> bool:
        return any(rule.rule["match"]["service"] == service for rule in self.kept)


class FakeTarget:
    """As much of a pipeline as its signs: access is refused as the real one refuses it."""

    builder_role_arn = RIGHT
    other_role_arn = WRONG
    parser_policy = "S3Access"
    repository = "builds"

    def __init__(self) -> None:
        self.proxy = FakeProxy()
        self.writes: list[ApiWrite] = []
        self.identity = FakeIdentity()
        self.parsers = FakeParsers()
        self.desired = FakeDesired()
        self.triggered: list[tuple[str, str]] = []
        self.probes: list[Probe] = []
        self.incarnation = "first"
        self.left: list[str] = []

    def guard(self) -> None:
        return

    def observers(self, _timeline: Timeline) -> Sequence[Observer]:
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
            and not self.proxy.breaks("s3")
            and not self.proxy.breaks("sts")
        )
        return Observation(value=allowed, accepted=allowed, detail="readable" if allowed else "AccessDenied")

    def registry_access(self) -> Observation:
        faults = [rule.rule["fault"]["kind"] for rule in self.proxy.kept if rule.rule["match"]["service"] == "registry"]
        took_ms = 900.0 if "latency" in faults else 1.0
        return Observation(value=took_ms, accepted="error" not in faults, detail=f"{took_ms} ms")

    def images(self) -> list[str]:
        return []

    def api_writes(self, since: float) -> list[ApiWrite]:
        return [write for write in self.writes if write.at >= since]

    def may_write(self) -> list[str]:
        return ["robot"]

    def evidence(self, parser_id: str, _job: str) -> Evidence:
        return Evidence(
            log_lines=() if self.parser_access(parser_id).accepted else ("StatusCode: 403, AccessDenied",),
            annotated_role=self.desired.role,
            runbook_role=RIGHT,
            policy=self.identity.role_policy("prd", "S3Access"),
            policy_name="S3Access",
            parser_exists=self.parsers.exists(parser_id),
            parser_location=f"s3://bucket/{parser_id}",
        )

    def alert_timing(self, _alert: str) -> AlertTiming:
        return AlertTiming(
            window_s=0.2, for_s=0, scrape_s=0.01, evaluation_s=0.01, group_wait_s=0.01, group_interval_s=0.01
        )

    def alert_value(self, _alert: str) -> tuple[float | None, float | None]:
        return 0.08, 0.1

    def restore_parser_policy(self) -> str:
        self.identity.put_role_policy("prd", "S3Access", POLICY)
        return "put"

    def delete_failed_jobs(self) -> list[str]:
        return []

    def snapshot(self) -> dict[str, str]:
        found = {f"iam/{role}/{policy}": text for (role, policy), text in self.identity.policies.items()}
        return found | {"git/role": self.desired.role} | dict.fromkeys(self.left, "x")

    def may_remain(self) -> list[str]:
        return ["s3/.*"]

    def collect_evidence(self, folder: Path) -> None:
        (folder / "collected").touch()
