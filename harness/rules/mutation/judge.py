"""Mutants put before tests by Prometheus' own engine: who kills which, and what becomes of those that nobody kills."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from harness.errors import UsageError
from harness.rules.mutation.declared import Declaration, declared_for
from harness.rules.mutation.equivalence import proof_of
from harness.rules.mutation.killers import Killer, RecordedTest, TestFile
from harness.rules.mutation.model import Fate, Judged, Killed, Kind, Mutant, Place
from harness.rules.mutation.source import Source, changed
from harness.rules.promtool import Trial, run

_AT_ONCE = 400
_FAILED_AT = re.compile(r"\btime: ")
_LINES_TOLD = 6


class Asked(msgspec.Struct, frozen=True):
    """A rule, mutated or not, put before a killer."""

    killer: Killer
    place: Place
    rule: Any


class Answer(msgspec.Struct, frozen=True):
    """`passed` is None when it could not be judged, and `said` why; else `said` is what promtool got instead."""

    passed: bool | None
    said: str = ""


def ask(program: Path, asked: Sequence[Asked]) -> list[Answer | None]:
    """What promtool says to each; None where the killer has no say in that rule."""
    answers: list[Answer | None] = []
    for start in range(0, len(asked), _AT_ONCE):
        trials: list[Trial] = []
        part: list[Answer | int | None] = []
        for each in asked[start : start + _AT_ONCE]:
            try:
                trial = each.killer.trial(len(trials), each.place, each.rule)
            except UsageError as error:
                part.append(Answer(None, str(error)))
                continue
            part.append(None if trial is None else len(trials))
            trials += [trial] if trial is not None else []
        said = run(program, trials)
        answers += [_answer(said[each]) if isinstance(each, int) else each for each in part]
    return answers


def sound_tests(program: Path, tests: Sequence[TestFile]) -> None:
    """Check that the rules pass the tests as they are.

    Raises:
        UsageError: they fail one, so that no death would mean anything.
    """
    said = run(program, [test.as_it_is(number) for number, test in enumerate(tests)])
    for test, section in zip(tests, said, strict=True):
        answer = _answer(section)
        if not answer.passed:
            told = "\n".join(answer.said.splitlines()[:_LINES_TOLD])
            raise UsageError(
                f"{test.name} fails on the rules as they are: {told}", todo="mend it, deaths would mean nothing"
            )


def sound_record(program: Path, source: Source, record: RecordedTest) -> tuple[RecordedTest, list[str]]:
    """A run's record as far as the rules do again what they did then, and a line for each that does not."""
    places = list(record.tests)
    answers = ask(program, [Asked(record, place, _data(source, place)) for place in places])
    wrong = [place for place, answer in zip(places, answers, strict=True) if answer is None or not answer.passed]
    tests = {place: test for place, test in record.tests.items() if place not in wrong}
    notes = [f"{record.name}: {_name(source, place)} does not do again what it did then" for place in wrong]
    return msgspec.structs.replace(record, tests=tests), notes


def judge(
    program: Path,
    source: Source,
    mutants: Sequence[Mutant],
    killers: Sequence[Killer],
    declarations: Sequence[Declaration],
) -> list[Judged]:
    """The fate of each mutant of a rule file, in their order; of each kind of killers the first one to kill is told.

    The killers are sound.
    """
    rules = {each.place: each for each in source.rules}
    answers: dict[int, list[tuple[Killer, Answer]]] = {}
    for kind in Kind:
        alive = [(index, mutant) for index, mutant in enumerate(mutants) if mutant.place is not None]
        for killer in killers:
            if killer.kind is kind:
                alive = _survivors(program, source, killer, alive, answers)
    return [
        fate_of(
            mutant,
            answers.get(index, []),
            declared_for(mutant, declarations),
            proof_of(rules[mutant.place], mutant) if mutant.place is not None else "",
        )
        for index, mutant in enumerate(mutants)
    ]


def _survivors(
    program: Path,
    source: Source,
    killer: Killer,
    alive: Sequence[tuple[int, Mutant]],
    answers: dict[int, list[tuple[Killer, Answer]]],
) -> list[tuple[int, Mutant]]:
    """Those that this killer lets live; its answers are added to `answers`, by the mutants' numbers."""
    asked = [
        Asked(killer, mutant.place, changed(_data(source, mutant.place), mutant.change))
        for _, mutant in alive
        if mutant.place is not None
    ]
    left = []
    for (index, mutant), answer in zip(alive, ask(program, asked), strict=True):
        if answer is not None:
            answers.setdefault(index, []).append((killer, answer))
        if answer is None or answer.passed is not False:
            left.append((index, mutant))
    return left


def fate_of(
    mutant: Mutant, answers: Sequence[tuple[Killer, Answer]], declaration: Declaration | None, proof: str
) -> Judged:
    """What the answers and what is known of a mutant make of it."""
    killed = tuple(Killed(killer.name, killer.kind) for killer, answer in answers if answer.passed is False)
    if killed:
        if declaration is not None:
            return Judged(mutant=mutant, fate=Fate.WRONGLY_DECLARED, killed_by=killed, reason=declaration.reason)
        return Judged(mutant=mutant, fate=Fate.KILLED, killed_by=killed)
    unjudged = [answer.said for _, answer in answers if answer.passed is None]
    if unjudged:
        return Judged(mutant=mutant, fate=Fate.NOT_JUDGED, reason=unjudged[0])
    if proof or declaration is not None:
        return Judged(mutant=mutant, fate=Fate.EQUIVALENT, reason=proof or (declaration.reason if declaration else ""))
    return Judged(mutant=mutant, fate=Fate.SURVIVED)


def _answer(section: str | None) -> Answer:
    if section is None:
        return Answer(None, "promtool ended, or took too long, over it")
    if section == "SUCCESS":
        return Answer(True)
    # A test that fails has an instant; a file that is refused has none.
    if _FAILED_AT.search(section):
        return Answer(False, section)
    return Answer(None, f"promtool refuses it: {' '.join(section.split())}")


def _data(source: Source, place: Place) -> Any:
    return source.groups[place.group]["rules"][place.rule]


def _name(source: Source, place: Place) -> str:
    return next(each.rule.name for each in source.rules if each.place == place)
