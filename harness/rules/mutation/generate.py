"""Every mutant of a rule file: what the operators change, as far as it is PromQL still and does not mean the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from harness.rules.lint.model import Rule
from harness.rules.lint.promql import Unparsed, parse
from harness.rules.mutation.edits import EXPRESSION
from harness.rules.mutation.model import Change, Mutant
from harness.rules.mutation.operators import all_operators
from harness.rules.mutation.source import Source, SourceRule, edit_of
from harness.rules.mutation.text import difference


def mutants(source: Source) -> list[Mutant]:
    """In order of the rules, and of the operators' names. No two of a rule are the same."""
    return [mutant for rule in source.rules for mutant in _of_rule(source, rule)]


def _of_rule(source: Source, of: SourceRule) -> Iterator[Mutant]:
    seen: set[tuple[tuple[str, ...], str | None]] = set()
    for operator, module in all_operators().items():
        times: Counter[str] = Counter()
        for change in module.changes(of.rule):
            key = (change.field, _meaning(change))
            if key in seen or not _is_change(of.rule, change):
                continue
            seen.add(key)
            times[change.variant] += 1
            number = f"#{times[change.variant]}" if times[change.variant] > 1 else ""
            yield Mutant(
                file=source.file,
                rule=of.rule.name,
                line=of.rule.line,
                place=of.place,
                operator=operator,
                name=f"{operator}/{change.variant}{number}",
                change=change,
                diff=difference(source.file, source.text, edit_of(source, of, change)),
            )


def _meaning(change: Change) -> str | None:
    if change.field != EXPRESSION or change.value is None:
        return change.value
    tree = parse(change.value)
    return change.value if isinstance(tree, Unparsed) else str(tree)


def _is_change(rule: Rule, change: Change) -> bool:
    if change.field != EXPRESSION:
        return True
    tree = parse(change.value or "")
    return not isinstance(tree, Unparsed) and str(tree) != str(rule.ast)
