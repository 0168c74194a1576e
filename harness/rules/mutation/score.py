"""How many mutants were noticed, of each rule and in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from harness.rules.mutation.model import Fate, Judged, Kind

_NOTICED = (Fate.KILLED, Fate.WRONGLY_DECLARED)


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """Of one rule, or of all (`rule` is "").

    Attributes:
        mutants: all of them; `killed`: by anybody; `survived`: by nobody, and not known to be equivalent.
        by_kind: how many each kind of test kills alone.
    """

    rule: str
    mutants: int
    killed: int
    survived: int
    equivalent: int
    not_judged: int
    by_kind: dict[Kind, int]

    @property
    def percent(self) -> float:
        """Killed of those that could be: equivalent ones, and those not judged, do not count. 100 where none could."""
        could = self.killed + self.survived
        return 100 * self.killed / could if could else 100.0


def scores(judged: Iterable[Judged]) -> list[Score]:
    """One for each rule, in order."""
    rules: dict[tuple[str, int, str], list[Judged]] = {}
    for each in judged:
        rules.setdefault((each.mutant.file, each.mutant.line, each.mutant.rule), []).append(each)
    return [score(name, own) for (_, _, name), own in rules.items()]


def score(rule: str, judged: Iterable[Judged]) -> Score:
    """Of all these together."""
    all_judged = list(judged)
    fates = Counter(each.fate for each in all_judged)
    kinds = Counter(kind for each in all_judged for kind in {killed.kind for killed in each.killed_by})
    return Score(
        rule=rule,
        mutants=len(all_judged),
        killed=sum(fates[fate] for fate in _NOTICED),
        survived=fates[Fate.SURVIVED],
        equivalent=fates[Fate.EQUIVALENT],
        not_judged=fates[Fate.NOT_JUDGED],
        by_kind={kind: kinds[kind] for kind in Kind},
    )
