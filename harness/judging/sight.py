"""When an observer had lost its source: of what was not looked at nobody can say that it did not happen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.facts.history import Fact, History
from harness.judging.claims import Finding, unseen
from harness.judging.verdict import Verdict


@dataclass(frozen=True)
class Gap:
    """A source was lost at `begun` and back at `ended`, seconds since the epoch; None: it is not back."""

    begun: float
    ended: float | None


def gaps(facts: Sequence[Fact], source: str, since: float = 0.0) -> list[Gap]:
    """The times at which `source` was lost, oldest first, without those that were over by `since`."""
    found: list[Gap] = []
    begun: float | None = None
    for fact in History.over(facts).of("observer", source):
        if fact.data["event"] == "lost":
            begun = fact.at
        elif begun is not None:
            found.append(Gap(begun, fact.at))
            begun = None
    if begun is not None:
        found.append(Gap(begun, None))
    return [gap for gap in found if gap.ended is None or gap.ended > since]


def lost(facts: Sequence[Fact], source: str) -> bool:
    """Whether `source` is lost at the end of `facts`."""
    return any(gap.ended is None for gap in gaps(facts, source))


def unless_out_of_sight(finding: Finding, facts: History, source: str, since: float) -> Finding:
    """`finding`, but a FAIL is INCONCLUSIVE when `source` was out of sight at any time since then: what did not happen,
    or seems late, may have happened unseen."""
    away = gaps(facts, source, since)
    if finding.verdict is not Verdict.FAIL or not away:
        return finding
    back = "is not back" if away[-1].ended is None else f"was back at +{away[-1].ended - since:.1f} s"
    why = next((f.data["why"] for f in facts.of("observer", source) if f.at == away[0].begun), "")
    said = f"{source} was out of sight from {away[0].begun - since:+.1f} s and {back}"
    return unseen(f"{finding.reason}; but {said}" + (f": {why}" if why else ""))
