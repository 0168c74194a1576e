"""For people: a line for each rule, then what survived, its diff and a test that would kill it."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from harness.rules.mutation.model import Fate, Judged, Kind
from harness.rules.mutation.run import Mutated
from harness.rules.mutation.score import Score, score, scores


def show(mutated: Mutated, console: Console) -> None:
    """Everything but the mutants that were killed."""
    for each in mutated.judged:
        if each.fate is not Fate.KILLED:
            _mutant(each, console)
    for note in mutated.notes:
        _line(console, f"note: {note}", "cyan")
    for of in scores(mutated.judged):
        _line(console, f"{of.rule}: {_counts(of)}")
    _line(console, f"all: {_counts(score('', mutated.judged))}", "bold")


def _mutant(each: Judged, console: Console) -> None:
    style = "dim" if each.fate is Fate.EQUIVALENT else "red"
    reason = f": {each.reason}" if each.reason else ""
    mutant = each.mutant
    _line(console, f"{mutant.file}:{mutant.line}: {mutant.rule} {mutant.name} {each.fate.value}{reason}", style)
    if each.fate is Fate.WRONGLY_DECLARED:
        _line(console, f"    killed by {', '.join(by.by for by in each.killed_by)}: delete the declaration")
    if each.fate is not Fate.SURVIVED:
        return
    for line in mutant.diff.splitlines():
        _line(console, f"    {line}", "green" if line.startswith("+") else "red" if line.startswith("-") else "dim")
    if each.suggestion:
        _line(console, "    this test would kill it:")
        for line in each.suggestion.splitlines():
            _line(console, f"      {line}", "dim")
    elif mutant.place is not None:
        _line(console, "    no series was found that tells them apart; if they are equivalent, say so in place:")
        _line(console, f"      # rules-mutate: equivalent {mutant.name} because …", "dim")


def _counts(of: Score) -> str:
    kinds = ", ".join(f"{of.by_kind[kind]} by {kind.value}" for kind in Kind if of.by_kind[kind])
    others = ((of.survived, "survived"), (of.equivalent, "equivalent"), (of.not_judged, "not judged"))
    rest = "".join(f", {count} {word}" for count, word in others if count)
    return f"{int(of.percent)} %, {of.killed} of {of.mutants} killed" + (f" ({kinds})" if kinds else "") + rest


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style=style), soft_wrap=True, highlight=False)
