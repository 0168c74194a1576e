"""A soak stops when its time is over or a run was aborted, and counts what was PASS in a row."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from harness.judging.judged import RunReport
from harness.judging.verdict import Verdict
from harness.running.soak import SoakRow, longest_stretch, row_of, soak

P, F, A = Verdict.PASS, Verdict.FAIL, Verdict.ABORTED


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at


class Runs:
    """Runs that take five minutes each and end with `verdicts`, one after the other."""

    def __init__(self, folder: Path, clock: Clock, verdicts: list[Verdict]) -> None:
        self._folder = folder
        self._clock = clock
        self._verdicts = iter(verdicts)

    def __call__(self) -> Path:
        begun, self._clock.at = self._clock.at, self._clock.at + 300
        folder = self._folder / str(begun)
        folder.mkdir()
        (folder / "report.json").write_bytes(msgspec.json.encode(report(next(self._verdicts), begun)))
        return folder


def report(verdict: Verdict, begun: float = 0.0, reason: str = "") -> RunReport:
    return RunReport(
        run="run",
        verdict=verdict,
        reason=reason,
        started_at=begun,
        ended_at=begun + 300,
        scenarios=[],
        leftovers_healed=[],
    )


def soaked(folder: Path, verdicts: list[Verdict], runs: int = 50, minutes: float = 1000.0) -> list[Verdict]:
    clock = Clock()
    return [row.verdict for row in soak(Runs(folder, clock, verdicts), runs, minutes, clock)]


def test_it_ends_after_so_many_runs(tmp_path: Path) -> None:
    assert soaked(tmp_path, [P] * 9, runs=3) == [P] * 3


def test_no_run_is_begun_when_time_is_over(tmp_path: Path) -> None:
    assert soaked(tmp_path, [P] * 9, minutes=12.0) == [P] * 3


def test_a_failure_does_not_end_it_but_an_abort_does(tmp_path: Path) -> None:
    assert soaked(tmp_path, [P, F, P, A, P]) == [P, F, P, A]


@pytest.mark.parametrize(("verdicts", "longest"), [([], 0), ([F], 0), ([P, P, F, P], 2), ([F, P, P, P], 3)])
def test_the_longest_stretch(verdicts: list[Verdict], longest: int) -> None:
    assert longest_stretch([SoakRow("r", verdict, 1.0, 1, 1, "") for verdict in verdicts]) == longest


def test_a_run_that_is_no_pass_says_why() -> None:
    assert row_of(report(F, reason="the timeline was cut short")).reason == "the timeline was cut short"
    assert row_of(report(P)).reason == ""
