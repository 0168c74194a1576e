"""When an observer had lost its source, or Prometheus did not evaluate its rules: of what was not looked at nobody can
say that it did not happen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.facts.history import Fact, History
from harness.judging.claims import Claim, Finding, unseen
from harness.judging.verdict import Verdict

_EVALUATIONS = 3
_SLACK_S = 5.0
"""So many evaluations may be missed, and so much may a busy machine take to tell of one: an evaluation is told of every
2 s at most."""
_EVALUATION_S = 10.0
"""Between two evaluations, where the claim does not say it: production's interval."""


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


def unevaluated(claim: Claim, facts: History, since: float) -> str:
    """For how long Prometheus told of no evaluation of its rules between `since` and the last fact, though it was in
    sight; "" when it went on all the time. One that answers need not evaluate."""
    allowed = _EVALUATIONS * float(claim.params.get("evaluation_s", _EVALUATION_S)) + _SLACK_S
    away = gaps(facts, "prometheus", since)
    told = [f.seen for f in facts.of("heartbeat", "prometheus", since=since)]
    moments = sorted([since, *told, *(gap.ended for gap in away if gap.ended is not None), facts[-1].seen])
    for begun, ended in pairwise(moments):
        if ended - begun > allowed and not any(begun <= gap.begun < ended for gap in away):
            return f"Prometheus evaluated no rule for {ended - begun:.0f} s from {begun - claim.since:+.1f} s"
    return ""


def in_force(facts: History, since: float) -> list[Fact]:
    """The rules that Prometheus had loaded at `since`, and each version of them that it told of later."""
    loaded = list(facts.of("rules"))
    return [f for f in loaded if f.at <= since][-1:] + [f for f in loaded if f.at > since]


def failing_rules(facts: History, since: float) -> set[str]:
    """Alerts whose rule could not be evaluated at some time since then: whether they would have fired is not known."""
    return {r["name"] for loaded in in_force(facts, since) for r in loaded.data["alerts"] if r.get("health") == "err"}
