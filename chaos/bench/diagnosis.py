"""`make bench-diagnosis`: faults, none, and two at once, each with a build; is the cause found, and how soon?

The diagnosis gets what an SRE could see of the build, and nothing of what was injected. It breaks the pipeline again
and again, and heals it; an interrupted bench heals as an interrupted run does.
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import msgspec
from rich.console import Console
from rich.table import Table

from chaos.bench.confusion import Answer, acceptable, matrix
from chaos.bench.diagnosis_cases import CASES, Case
from chaos.bench.figures import Spread, spread
from chaos.bench.opening import opened
from chaos.bench.outcome import measuring
from chaos.bench.report import shown
from chaos.bench.settling import settle
from harness.diagnosis.causes import UNKNOWN, diagnose
from harness.errors import DeadlineExceeded, FaultError
from harness.facts.history import Fact, History
from harness.facts.timing import Deadline, poll
from harness.faults.injection import EFFECT_LIMIT_S, Injection
from harness.judging.verdict import Verdict
from harness.parser_archive import sample_parser
from harness.progress import console_on
from harness.running.run import Run
from harness.running.signals import Signals

_END_S = 90.0
"""How long an attempt may take to end: a build on a busy machine, or one held at a gate."""
_SETTLE_S = 150.0
"""How long the builds may take until none is tried again: three attempts and the waits between them."""
_LOOK_EVERY_S = 0.2


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """All that the bench found. `seconds` is the spread of all times to answer."""

    started: str
    repeats: int
    matrix: dict[str, dict[str, int]]
    seconds: Spread | None
    answers: Sequence[Answer]


class Bench:
    """Diagnoses one case after another in `run`, and remembers the builds it asked for."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._builds: dict[str, str] = {}

    def answer(self, name: str, case: Case) -> Answer:
        """Break, build, look, conclude, heal.

        Raises:
            FaultError: a fault did not act, so the answer would prove nothing; or it still acts after its heal.
            DeadlineExceeded: no build ended.
        """
        parsers = [f"diagnosed-{uuid.uuid4().hex[:8]}" for _ in range(case.builds)]
        for parser in parsers:
            self._run.target.parsers.put(parser, sample_parser())
        with ExitStack() as faults:
            injections = []
            for fault, parameters in case.faults.items():
                injection = Injection(self._run, self._run.lookup(fault), {**parameters, "parser": parsers[0]})
                injections.append(faults.enter_context(injection))
                if not case.acts_on_builds:
                    _prove(fault, injection)
            builds = [self._request(parser) for parser in parsers]
            end = self._end(builds, failure_wanted=bool(case.faults))
            found = diagnose(self._run.target.evidence(end.data["parser"], end.data["job"]))
            answered_at = self._run.timeline.clock.now()
            if case.acts_on_builds:
                for fault, injection in zip(case.faults, injections, strict=True):
                    _prove(fault, injection)
        self._await_access(parsers[0])
        return Answer(
            case=name,
            faults=tuple(case.faults),
            answered=found.causes or (UNKNOWN,),
            evidence=found.evidence,
            seconds=answered_at - end.at,
        )

    def clean_up(self) -> None:
        """Wait until no build is tried again, then remove failed jobs and parsers. Raises TargetError and others."""
        target, timeline = self._run.target, self._run.timeline

        def settled(facts: History) -> bool | None:
            return all(facts.last("build", build) is not None for build in self._builds) or None

        ended = timeline.wait_until(settled, Deadline.after(timeline.clock, _SETTLE_S))
        target.delete_failed_jobs()
        for parser in self._builds.values():
            target.parsers.delete(parser)
        settle(target)
        if ended is None:
            raise DeadlineExceeded(f"builds were still tried after {_SETTLE_S:g} s", todo="look at the builder's log")

    def _await_access(self, parser: str) -> None:
        # What was healed by a commit is not healed until that is applied, and would be diagnosed in the next case.
        target, clock = self._run.target, self._run.timeline.clock
        seen, _ = poll(
            lambda: target.parser_access(parser),
            lambda look: look.accepted,
            Deadline.after(clock, EFFECT_LIMIT_S),
            _LOOK_EVERY_S,
        )
        if not seen.accepted:
            raise FaultError(f"still there after it was healed: {seen.detail}", todo="make heal")

    def _request(self, parser: str) -> str:
        correlation = f"{parser}-build"
        self._run.timeline.record("job", correlation, event="requested", parser=parser)
        self._run.target.trigger_build(parser, correlation)
        self._builds[correlation] = parser
        return correlation

    def _end(self, builds: Sequence[str], *, failure_wanted: bool) -> Fact:
        """The first failure of these builds; where none is wanted, the first end."""
        wanted = ("failed",) if failure_wanted else ("failed", "succeeded")

        def look(facts: History) -> Fact | None:
            ends = (fact for build in builds for fact in facts.of("job", build) if fact.data["event"] in wanted)
            return min(ends, key=lambda fact: fact.at, default=None)

        timeline = self._run.timeline
        found = timeline.wait_until(look, Deadline.after(timeline.clock, _END_S))
        if found is None:
            facts = timeline.facts()
            last = ", ".join(f"{build} {fact.data['event']}" for build in builds if (fact := facts.last("job", build)))
            raise DeadlineExceeded(
                f"no build has {' or '.join(wanted)} in {_END_S:g} s; last seen: {last}",
                todo="look at the builder's log",
            )
        return found


def _prove(fault: str, injection: Injection) -> None:
    seen = injection.prove()
    if not seen.accepted:
        raise FaultError(f"{fault} does not act: {seen.detail}", todo="make heal, then again")


def _answers(bench: Bench, wanted: Sequence[str], repeats: int, console: Console) -> Iterator[Answer]:
    for name in wanted:
        for _ in range(repeats):
            answer = bench.answer(name, CASES[name])
            console.print(
                f"· {name}: {' + '.join(answer.answered)} ({answer.grade}) after {shown(answer.seconds)}",
                highlight=False,
            )
            yield answer


def show(answers: Sequence[Answer], console: Console) -> None:
    """Print the matrix, what may not stand, and the times."""
    causes = list(dict.fromkeys(cause for answer in answers for cause in answer.answered))
    table = Table("injected", *(cause.replace("-", "-\n") for cause in causes), "grades")
    for case, counts in matrix(answers).items():
        grades = dict.fromkeys(answer.grade for answer in answers if answer.case == case)
        table.add_row(case, *(str(counts[cause] or "·") for cause in causes), ", ".join(grades))
    console.print(table)
    for answer in answers:
        if not acceptable(answer):
            console.print(
                f"✗ {answer.case}: {' + '.join(answer.answered)}", *answer.evidence, sep="\n    ", markup=False
            )
    times = spread([answer.seconds for answer in answers])
    if times is not None:
        console.print(
            f"build's end → answer: median {shown(times.median_s)}, p95 {shown(times.p95_s)}, max {shown(times.max_s)} "
            f"of {times.count}",
            highlight=False,
        )


@click.command()
@click.option("--only", multiple=True, type=click.Choice(list(CASES)), help="some of it; may be repeated")
@click.option("--repeats", default=2, show_default=True, type=click.IntRange(min=1))
@click.option("--profile", default="clusters/reference/profile.yaml", show_default=True, help="the target")
def main(only: Sequence[str], repeats: int, profile: str) -> None:
    """Score the diagnosis. Exit status 1 when an answer may not stand."""
    signals = Signals()
    signals.install()
    console, root = console_on(sys.stdout), Path.cwd()
    started = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    answers: list[Answer] = []
    with (
        measuring(signals) as outcome,
        TemporaryDirectory(prefix="bench-") as folder,
        opened(Path(profile), Path(folder) / "diagnosis", signals, watched=True) as (run, _),
    ):
        bench = Bench(run)
        try:
            for answer in _answers(bench, only or list(CASES), repeats, console):
                answers.append(answer)
        finally:
            if not signals.received:
                bench.clean_up()
    results = Results(
        started=started,
        repeats=repeats,
        matrix={case: dict(counts) for case, counts in matrix(answers).items()},
        seconds=spread([answer.seconds for answer in answers]),
        answers=answers,
    )
    path = root / "reports" / f"bench-diagnosis-{started}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2))
    show(answers, console)
    console.print(f"all answers: {path.relative_to(root)}", highlight=False)
    sys.exit(outcome.status or (0 if all(acceptable(answer) for answer in answers) else Verdict.FAIL.exit_code))


if __name__ == "__main__":
    main()
