"""Builds that met a limit end at most so much later than the same number of builds that did not, and some did end
later: from its first refusal to the push that was taken, at least one build lost measurable time.

params: correlation_ids, baseline (both lists). Measured is by how much the slowest is later.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, unseen
from harness.judging.verdict import Verdict

_MEASURABLE_S = 0.5


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    if not closed:
        return None
    with_limit = _durations(facts, claim.params["correlation_ids"])
    without = _durations(facts, claim.params["baseline"])
    if len(with_limit) < len(claim.params["correlation_ids"]) or len(without) < len(claim.params["baseline"]):
        return unseen("not all builds were settled: there is nothing to compare")
    delay = max(with_limit.values()) - max(without.values())
    said = f"slowest {max(with_limit.values()):.1f} s, without the limit {max(without.values()):.1f} s"
    late = _lost_times(facts, claim.since)
    if not late or max(late) < _MEASURABLE_S:
        return unseen(f"{said}; no push was measurably late")
    end = max(f.at for b in with_limit for f in facts.of("build", b))
    too_late = claim.limit_s is not None and delay > claim.limit_s
    return Finding(
        verdict=Verdict.FAIL if too_late else Verdict.PASS,
        measured_s=max(0.0, delay),
        at=end,
        reason=f"{said}: {delay:+.1f} s; refused pushes came {min(late):.1f} to {max(late):.1f} s later",
    )


def _durations(facts: History, builds: Sequence[str]) -> dict[str, float]:
    asked = {f.subject: f.at for b in builds for f in facts.of("job", b) if f.data["event"] == "requested"}
    return {f.subject: f.at - asked[f.subject] for b in builds for f in facts.of("build", b)}


def _lost_times(facts: History, since: float) -> list[float]:
    first: dict[str, float] = {}
    lost = []
    for fact in facts.of("hit", since=since):
        if fact.data["operation"] != "PutManifest":
            continue
        reference, status = fact.data["reference"], fact.data["status"]
        # One that was held at the gate until the rest had come has that status too, and was let through.
        if fact.data["outcome"] == "error":
            first.setdefault(reference, fact.at)
        elif status is not None and status < 300 and reference in first:
            lost.append(fact.at - first.pop(reference))
    return lost
