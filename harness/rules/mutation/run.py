"""Rule files, tests and saved runs in; the fate of every mutant out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from harness.errors import UsageError
from harness.facts.bundle import unseal
from harness.facts.history import History
from harness.judging.judge import judge as judge_run
from harness.judging.judged import RunReport
from harness.rules.mutation.declared import declarations, unused
from harness.rules.mutation.generate import mutants
from harness.rules.mutation.judge import judge, sound_record, sound_tests
from harness.rules.mutation.killers import Killer, RecordedTest, read_test
from harness.rules.mutation.model import Fate, Judged
from harness.rules.mutation.recorded import kept_of, recorded_test
from harness.rules.mutation.routing import (
    amtool,
    judge_routes,
    read_expected,
    read_routing,
    route_mutants,
    seen_expected,
    sound_routes,
)
from harness.rules.mutation.source import Source, read_source
from harness.rules.mutation.suggestion import key_of, suggest
from harness.rules.promtool import promtool


class Mutated(msgspec.Struct, frozen=True):
    """Every mutant's fate, in order of the files, and what else is to be told."""

    judged: tuple[Judged, ...]
    notes: tuple[str, ...]


class SavedRun(msgspec.Struct, frozen=True):
    """A run's folder, read and judged."""

    name: str
    facts: History
    report: RunReport


def mutate(
    files: Sequence[str],
    *,
    tests: Sequence[str] = (),
    runs: Sequence[str] = (),
    alertmanager: str | None = None,
    routes: Sequence[str] = (),
) -> Mutated:
    """Break the rules of `files` and the routes of `alertmanager`, and see who notices.

    `tests`: promtool's test files; `runs`: folders of saved runs; `routes`: who is to be told, see
    `harness.rules.mutation.routing.read_expected`.

    Raises:
        UsageError: a file cannot be used, the rules fail a test as they are, or the engine cannot be had.
    """
    engine = promtool()
    if engine is None:
        raise UsageError("promtool cannot be had: nothing can be judged", todo="put promtool on PATH")
    sources = [read_source(file) for file in files]
    written = {source.file: [test for name in tests if (test := read_test(name, source))] for source in sources}
    used = {test.name for each in written.values() for test in each}
    for name in tests:
        if name not in used:
            raise UsageError(
                f"{name} tests none of the rule files given", todo="its `rule_files` must name one of them"
            )
    saved = [read_run(folder) for folder in runs]
    found: list[Judged] = []
    notes: list[str] = []
    for source in sources:
        notes += source.unread
        sound_tests(engine, written[source.file])
        recorded = [test for run in saved for test in _recorded(engine, run, source, notes)]
        judged, told = _of_source(engine, source, [*written[source.file], *recorded])
        found += judged
        notes += told
    if alertmanager is not None:
        judged, told = _of_routes(alertmanager, routes, saved)
        found += judged
        notes += told
    elif routes:
        raise UsageError("--routes says who is told, but there is no --alertmanager", todo="name the configuration")
    return Mutated(tuple(found), tuple(notes))


def read_run(folder: str) -> SavedRun:
    """The run saved in that folder, judged again.

    Raises:
        UsageError: there is none, or it proves nothing.
    """
    bundle = unseal(Path(folder))
    if bundle.doubt:
        raise UsageError(f"{folder}: {bundle.doubt}", todo="name a run that was saved whole")
    return SavedRun(Path(folder).name, bundle.history, judge_run(list(bundle.history), bundle.run))


def _recorded(engine: Path, run: SavedRun, source: Source, notes: list[str]) -> Iterator[RecordedTest]:
    kept = kept_of(run.facts, run.report)
    if not kept:
        notes.append(f"{run.name}: no scenario that passed has kept what its rules saw")
    for scenario in kept:
        made, why_not = recorded_test(run.name, scenario, source)
        test, wrong = sound_record(engine, source, made)
        notes += [note for note in (*why_not, *wrong) if note not in notes]
        yield test


def _of_source(engine: Path, source: Source, killers: Sequence[Killer]) -> tuple[list[Judged], list[str]]:
    made = mutants(source)
    extents = [(each.rule.line, each.last) for each in source.rules]
    known, wrong = declarations(source.file, source.text, extents)
    judged = judge(engine, source, made, killers, known)
    survivors = [each.mutant for each in judged if each.fate is Fate.SURVIVED]
    suggested = suggest(engine, source, survivors)
    told = [
        msgspec.structs.replace(each, suggestion=suggested.get(key_of(each.mutant), ""))
        if each.fate is Fate.SURVIVED
        else each
        for each in judged
    ]
    return told, [*wrong, *unused(known, made)]


def _of_routes(file: str, routes: Sequence[str], saved: Sequence[SavedRun]) -> tuple[list[Judged], list[str]]:
    program = amtool()
    if program is None:
        raise UsageError("amtool cannot be had: routes cannot be judged", todo="put amtool on PATH")
    routing = read_routing(file)
    made = route_mutants(routing)
    expected = [each for name in routes for each in read_expected(name)]
    expected += [each for run in saved for each in seen_expected(run.name, run.facts, run.report)]
    sane, notes = sound_routes(program, routing, expected)
    lines = [each.node.start_mark.line + 1 for each in routing.routes]
    last = routing.text.count("\n") + 1
    extents = list(zip(lines, [*(line - 1 for line in lines[1:]), last], strict=True))
    known, wrong = declarations(file, routing.text, extents)
    told = [*notes, *wrong, *unused(known, [each.mutant for each in made])]
    return judge_routes(program, routing, made, sane, known), told
