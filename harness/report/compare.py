"""Two runs compared, claim by claim: what got slower, and whether by more than runs differ anyway. Pure.

How much runs differ anyway (noise) is taken from the baseline where it can be. Of three runs or more: three times
their median absolute deviation, scaled by 1.4826 to be a standard deviation where times are normally distributed
(Leys et al. 2013, "Detecting outliers: Do not use standard deviation around the mean, use absolute deviation around
the median"), but no less than the time error of one scrape and one evaluation, 1 s each in the CI profile; and a
time inside the range of the baseline is never beyond noise. Of one or two runs nobody can say. Then as long again as
the baseline, and no less than 5 s, is assumed: between two full runs of the same code on the same two cores, none of
68 timed claims differed by more, while one differed by 89 % and one by 13 s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from harness.judging.judged import ClaimReport, RunReport
from harness.judging.verdict import Verdict, combine

Kind = Literal["worse", "better", "changed", "slower", "faster", "gone", "new", "same"]
"""worse, better: it held and does no longer, or the other way round; changed: it never held, but differently."""

_OF_VERDICTS: tuple[Kind, ...] = ("worse", "better", "changed", "gone", "new")
_ENOUGH_RUNS = 3
_FLOOR_S = 2.0
_DEVIATIONS = 3.0
_TO_STANDARD = 1.4826
_ASSUMED_SHARE = 1.0
_ASSUMED_S = 5.0

_Key = tuple[str, str, int]
"""Scenario, claim, and which time the scenario claims it."""


@dataclass(frozen=True)
class Change:
    """A claim in the baseline and in the run. Seconds; `before_s` is the baseline's median, `noise_s` how far from it
    is not beyond noise. None where it was not measured."""

    kind: Kind
    scenario: str
    claim: str
    before: str
    after: str
    before_s: float | None = None
    after_s: float | None = None
    noise_s: float | None = None


@dataclass(frozen=True)
class Comparison:
    """A run against its baseline.

    Attributes:
        changes: of every claim that either has, "same" for those within noise.
        runs: how many runs the baseline has.
        apart: scenarios that only the baseline or only the run has; they are not compared.
    """

    changes: tuple[Change, ...]
    runs: int
    apart: tuple[str, ...]

    @property
    def measured_noise(self) -> bool:
        """Whether noise is taken from the baseline; else it is assumed."""
        return self.runs >= _ENOUGH_RUNS

    @property
    def worse(self) -> bool:
        """Something holds no more, was not claimed again, or takes longer than noise explains."""
        return any(change.kind in ("worse", "gone", "slower") for change in self.changes)


def compare(baseline: Sequence[RunReport], run: RunReport) -> Comparison:
    """`run` against `baseline`, of one run or more. Scenarios that the baseline or the run lacks are not compared."""
    before_names = {scenario.name for report in baseline for scenario in report.scenarios}
    after_names = {scenario.name for scenario in run.scenarios}
    after = _claims(run)
    before: dict[_Key, list[ClaimReport]] = {}
    for report in baseline:
        for key, claim in _claims(report).items():
            before.setdefault(key, []).append(claim)
    shared = before_names & after_names
    keys = [key for key in dict.fromkeys([*before, *after]) if key[0] in shared]
    changes = [_change(key, before.get(key, []), after.get(key)) for key in keys]
    changes += _unexplained(baseline, run, changes)
    return Comparison(tuple(changes), len(baseline), tuple(sorted(before_names ^ after_names)))


def _unexplained(baseline: Sequence[RunReport], run: RunReport, changes: Sequence[Change]) -> list[Change]:
    """Scenarios decided otherwise than before though no claim of theirs was: stopped, or the harness failed."""
    told = {change.scenario for change in changes if change.kind in _OF_VERDICTS}
    found = []
    for scenario in run.scenarios:
        before = [s.verdict for report in baseline for s in report.scenarios if s.name == scenario.name and s.verdict]
        if not before or scenario.verdict is None or scenario.name in told:
            continue
        kind = _by_verdict(before, scenario.verdict)
        if kind != "same":
            was = "/".join(dict.fromkeys(map(str, before)))
            found.append(Change(kind, scenario.name, "the scenario as a whole", was, str(scenario.verdict)))
    return found


def _claims(report: RunReport) -> dict[_Key, ClaimReport]:
    found: dict[_Key, ClaimReport] = {}
    said: Counter[tuple[str, str]] = Counter()
    for scenario in report.scenarios:
        for claim in scenario.claims:
            said[scenario.name, claim.text] += 1
            found[scenario.name, claim.text, said[scenario.name, claim.text]] = claim
    return found


def _change(key: _Key, before: Sequence[ClaimReport], after: ClaimReport | None) -> Change:
    scenario, text, number = key
    claim = text if number == 1 else f"{text} ({number})"
    was = "/".join(dict.fromkeys(str(found.verdict) for found in before))
    if after is None:
        return Change("gone", scenario, claim, was, "not claimed")
    if not before:
        return Change("new", scenario, claim, "not claimed", str(after.verdict))
    kind = _by_verdict([found.verdict for found in before], after.verdict)
    times = [found.measured_s for found in before if found.measured_s is not None]
    if not times or after.measured_s is None:
        return Change(kind, scenario, claim, was, str(after.verdict))
    noise = noise_s(times)
    if kind == "same":
        kind = _by_time(times, after.measured_s, noise)
    return Change(kind, scenario, claim, was, str(after.verdict), median(times), after.measured_s, noise)


def _by_verdict(before: Sequence[Verdict], after: Verdict) -> Kind:
    """A claim that the baseline itself now holds and now does not is the same either way."""
    if after in before:
        return "same"
    if after is Verdict.PASS:
        return "better"
    return "worse" if combine(before) is Verdict.PASS else "changed"


def _by_time(before: Sequence[float], after: float, noise: float) -> Kind:
    middle = median(before)
    if after > max(before) and after - middle > noise:
        return "slower"
    return "faster" if after < min(before) and middle - after > noise else "same"


def noise_s(times: Sequence[float]) -> float:
    """How far from the median of `times`, seconds of the same claim in several runs, another run may lie."""
    middle = median(times)
    if len(times) < _ENOUGH_RUNS:
        return max(_ASSUMED_S, _ASSUMED_SHARE * middle)
    deviation = median(abs(time - middle) for time in times)
    return max(_FLOOR_S, _DEVIATIONS * _TO_STANDARD * deviation)
