"""Every one of several builds is settled as succeeded, exactly once, within the limit.

params: correlation_ids. Measured to the last of them.
"""

from __future__ import annotations

from collections import Counter

from harness.facts.history import History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.sight import unless_out_of_sight

_SOURCE = "kubernetes"


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    wanted = set(claim.params["correlation_ids"])
    if not wanted:
        return unseen("no build was asked for")
    settled = [f for build in sorted(wanted) for f in facts.of("build", build)]
    times = Counter(f.subject for f in settled)
    doubled = sorted(name for name, count in times.items() if count > 1)
    failed = [f for f in settled if f.data["outcome"] != "succeeded"]
    lost = sorted(wanted - times.keys())
    if doubled:
        return missed(f"settled more than once: {', '.join(doubled)}")
    if not lost and not failed:
        last = max(settled, key=lambda f: f.at)
        attempts = sum(f.data["attempts"] > 1 for f in settled)
        found = reached(claim, last.at, f"{len(settled)} succeeded, {attempts} of them at a later attempt")
        return unless_out_of_sight(found, facts, _SOURCE, claim.since)
    if (failed and not lost) or closed:
        wrong = [
            f"{f.subject} {f.data['outcome']} ({f.data['category']}, {f.data['attempts']} attempts)" for f in failed
        ]
        found = missed(", ".join([*wrong, *(f"{name} not settled" for name in lost)]))
        return found if failed else unless_out_of_sight(found, facts, _SOURCE, claim.since)
    return None
