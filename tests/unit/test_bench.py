"""What the bench makes of the times it takes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from rich.console import Console

from chaos import faults as registered
from chaos.bench import faults, settling, stops
from chaos.bench.cases import CASES, Case, fault_of
from chaos.bench.figures import Figure, figure, spread
from chaos.bench.outcome import measuring
from chaos.bench.processes import Ending
from chaos.bench.report import Conditions, Results, cells, show, shown
from chaos.bench.settling import READABLE, settle
from chaos.bench.stops import Stop
from harness.errors import TargetError, UsageError
from harness.extensions import target_for
from harness.judging.verdict import Verdict
from harness.probe import Observation, Probe
from harness.progress import Progress
from harness.running.lock import RunLock
from harness.running.run import Run
from harness.running.signals import Signals
from harness.target import Target
from tests.unit.fakes import FakeTarget

TIMES = [float(n) for n in range(1, 21)]


def test_a_spread_tells_the_middle_the_95th_percentile_and_the_worst() -> None:
    found = spread(TIMES)
    assert found is not None
    assert (found.count, found.median_s, found.max_s) == (20, 10.5, 20.0)
    assert found.p95_s == pytest.approx(19.05)


def test_one_time_is_its_own_percentile_and_none_have_no_spread() -> None:
    one = spread([0.3])
    assert one is not None
    assert one.p95_s == one.median_s == one.max_s == 0.3
    assert spread([]) is None


def test_an_aim_is_met_by_the_95th_percentile_not_by_the_median() -> None:
    assert figure("f", "w", TIMES, aim_s=19.1).met is True
    assert figure("f", "w", TIMES, aim_s=19.0).met is False
    assert figure("f", "w", TIMES).met is None


@pytest.mark.parametrize("times", [[*TIMES, None], [None, None]])
def test_a_repeat_that_was_not_seen_is_counted_and_meets_no_aim(times: list[float | None]) -> None:
    found = figure("f", "w", times, aim_s=100.0)
    assert found.missed == times.count(None)
    assert found.met is False
    assert cells(found)[1] == f"{len(times) - found.missed} of {len(times)}"


def test_every_fault_has_a_case_and_every_case_a_fault() -> None:
    assert {fault_of(case) for case in CASES} == set(registered.names())


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.00123, "1.23 ms"), (0.25, "250 ms"), (2.044, "2.04 s"), (30.0, "30.00 s")]
)
def test_times_are_shown_with_their_unit(seconds: float, text: str) -> None:
    assert shown(seconds) == text


def test_a_runner_that_leaves_something_behind_was_not_healed() -> None:
    clean, left = Stop(start_s=0.5, stop_s=0.02, exit_s=0.1, left=0), Stop(start_s=0.5, stop_s=0.02, exit_s=0.1, left=1)
    found = {line.what: line for line in stops.figures("f", Case(), [clean, left])}
    assert found["SIGTERM → healed"].missed == 1
    assert found["SIGTERM → healed"].met is False


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    opened = Run(
        folder=tmp_path / "run",
        state=tmp_path / "state",
        target=FakeTarget(),
        lookup=registered.lookup,
        progress=Progress(Console(quiet=True)),
        signals=Signals(),
        lock=RunLock("test", tmp_path / "lock"),
    )
    with opened:
        yield opened


@pytest.mark.parametrize("fault", ["registry-down", "iam-policy-removed", "s3-object-missing"])
def test_a_fault_lives_and_leaves_nothing(run: Run, fault: str) -> None:
    (life,) = faults.measure(run, fault, Case({"parser": "p"}), "http://nowhere", 1)
    assert life.effective_s is not None
    assert life.proven_s is not None
    assert life.healed_s is not None
    assert 0 <= life.effective_s <= life.proven_s
    assert not run.ledger.entries()
    assert run.target.parser_access("p").accepted
    assert run.target.registry_access().accepted


def test_a_fault_that_never_acts_has_no_times(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.faults.injection.EFFECT_LIMIT_S", 0.01)
    lives = faults.measure(run, "noop", Case(), "http://nowhere", 2)
    effective = next(line for line in faults.figures("noop", Case(), lives) if line.what == "inject → effective")
    assert effective.missed == 2
    assert effective.times is None


def test_the_end_of_a_process_is_noted_when_it_comes() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with Ending([child.pid]) as ending:
        assert ending.wait(0.05) is None
        child.kill()
        ended_at = ending.wait(5)
        child.wait()
    assert ended_at is not None


def test_the_report_says_what_was_missed_and_what_is_unavailable() -> None:
    console = Console(record=True, width=140, quiet=False, file=open("/dev/null", "w"))  # noqa: SIM115
    show(
        Results(
            started="now",
            repeats=2,
            conditions=Conditions(processors=2, kernel="6", load_before=0.1, load_after=0.2),
            figures=[Figure(subject="f", what="inject → effective", times=None, missed=2, aim_s=0.01)],
            costs=[],
            unavailable={"g": "no kernel for it"},
            single={},
        ),
        console,
    )
    text = console.export_text()
    assert "0 of 2" in text
    assert "g is unavailable here: no kernel for it" in text


@pytest.mark.parametrize(
    ("ended", "status"),
    [(TargetError("gone"), TargetError.exit_code), (KeyboardInterrupt(), Verdict.ABORTED.exit_code)],
)
def test_what_was_measured_until_the_end_is_still_shown(ended: BaseException, status: int) -> None:
    with measuring(Signals()) as outcome:
        raise ended
    assert outcome.status == status


def test_what_is_no_error_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), measuring(Signals()):
        raise ZeroDivisionError


class Returning:
    """A target whose part answers with an error, then is away, then is back."""

    def __init__(self, *looks: Observation | TargetError) -> None:
        self._looks = list(looks)

    def steady_state(self) -> list[Probe]:
        return [Probe("the part is ready", self._look), Probe("nobody asks", lambda: pytest.fail("asked"))]

    def parser_access(self, _parser: str) -> Observation:
        return self._look()

    def _look(self) -> Observation:
        seen = self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]
        if isinstance(seen, TargetError):
            raise seen
        return seen


AWAY, BACK = Observation(0, accepted=False, detail="0 of 1 ready"), Observation(1, accepted=True, detail="1 of 1 ready")


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "_LOOK_EVERY_S", 0.001)
    monkeypatch.setattr(settling, "_SETTLE_S", 0.2)


@pytest.mark.usefixtures("hasty")
def test_settled_is_what_is_awaited_and_a_part_that_does_not_answer_is_looked_at_again() -> None:
    back = Returning(TargetError("no answer", todo=""), AWAY, BACK)
    settle(cast(Target, back), ["the part is ready"])


@pytest.mark.usefixtures("hasty")
def test_what_does_not_come_back_is_told_with_what_was_last_seen() -> None:
    with pytest.raises(TargetError, match="did not come back: the part is ready: 0 of 1 ready"):
        settle(cast(Target, Returning(AWAY)), ["the part is ready"])


@pytest.mark.usefixtures("hasty")
def test_a_heal_by_commit_is_awaited_until_it_is_applied() -> None:
    settle(cast(Target, Returning(AWAY, AWAY, BACK)), [READABLE])
    with pytest.raises(TargetError, match="did not come back: a parser can be read"):
        settle(cast(Target, Returning(AWAY)), [READABLE])


def test_awaiting_what_there_is_not_would_be_no_wait_at_all() -> None:
    with pytest.raises(UsageError, match="no probe 'the builder sings'"):
        settle(cast(Target, Returning(BACK)), ["the builder sings"])


def test_what_the_cases_await_is_in_the_reference_targets_steady_state() -> None:
    root = Path(__file__).parents[2]
    known = {probe.name for probe in target_for(root / "clusters/reference/profile.yaml", root).steady_state()}
    assert {name for case in CASES.values() for name in case.settles} <= known | {READABLE}
