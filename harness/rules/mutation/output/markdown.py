"""For a document: a table of the rules, and a list of what nobody killed."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.mutation.model import Fate, Judged, Kind
from harness.rules.mutation.run import Mutated
from harness.rules.mutation.score import Score, score, scores


def render(mutated: Mutated) -> str:
    """The same text for the same fates, whatever machine it is made on."""
    return "\n".join(_lines(mutated)) + "\n"


def _lines(mutated: Mutated) -> Iterator[str]:
    yield "| rule | mutants | killed | by tests | by runs alone | by routes | equivalent | survived | score |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for each in scores(mutated.judged):
        yield _row(f"`{each.rule}`", each)
    yield _row("all", score("", mutated.judged))
    for title, fates in (
        ("Equivalent", (Fate.EQUIVALENT,)),
        ("Survived", (Fate.SURVIVED,)),
        ("Declared to be equivalent, and killed", (Fate.WRONGLY_DECLARED,)),
        ("Not judged", (Fate.NOT_JUDGED,)),
    ):
        own = [each for each in mutated.judged if each.fate in fates]
        if own:
            yield from ("", f"{title}:", "", "| rule | mutant | change | why |", "|---|---|---|---|")
            yield from map(_mutant, own)


def _row(name: str, of: Score) -> str:
    kinds = [of.by_kind[kind] for kind in (Kind.TESTS, Kind.RUNS, Kind.ROUTES)]
    # Rounded down: all is killed at 100 % only.
    counts = [of.mutants, of.killed, *kinds, of.equivalent, of.survived, f"{int(of.percent)} %"]
    return f"| {name} | {' | '.join(map(str, counts))} |"


def _mutant(each: Judged) -> str:
    change = f"`{each.mutant.change.before}` → `{each.mutant.change.after}`"
    reason = each.reason or ("no series found that tells them apart" if not each.suggestion else "a test can kill it")
    return "| " + " | ".join(_cell(text) for text in (each.mutant.rule, each.mutant.name, change, reason)) + " |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
