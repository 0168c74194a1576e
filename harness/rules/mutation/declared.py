"""Mutants that are declared to be equivalent, in a comment where their rule stands, and why.

    # rules-mutate: equivalent aggregation/sum-to-max because there is one series of each pod

in the rule, or above it. An operator alone ("aggregation") means all its mutants of the rule, and a name without number
all of that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from harness.rules.mutation.model import Mutant

_COMMENT = re.compile(r"(?:^|\s)#\s*rules-mutate:\s*(.*?)\s*$")
_ORDER = re.compile(r"equivalent\s+([\w/#-]+(?:\s*,\s*[\w/#-]+)*)(?:\s+because\s+(\S.*))?")
_FORM = "write # rules-mutate: equivalent MUTANT[, MUTANT] because REASON"


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """`line`: of the comment; `rule_line`: of the rule it is for, both from 1."""

    file: str
    line: int
    rule_line: int
    names: tuple[str, ...]
    reason: str


def declarations(file: str, text: str, extents: Iterable[tuple[int, int]]) -> tuple[list[Declaration], list[str]]:
    """What the comments of a file declare, and what is wrong with some. `extents`: first and last line of each rule."""
    rules = sorted(extents)
    found: list[Declaration] = []
    wrong: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        comment = _COMMENT.search(line) if "rules-mutate:" in line else None
        if comment is None:
            continue
        order = _ORDER.fullmatch(comment[1])
        first = next((first for first, last in rules if number <= last), None)
        if order is None:
            wrong.append(f"{file}:{number}: this comment is not understood: {comment[1]!r}; {_FORM}")
        elif not order[2]:
            wrong.append(f"{file}:{number}: nothing is equivalent without a reason; {_FORM}")
        elif first is None:
            wrong.append(f"{file}:{number}: no rule comes after this comment; put it in the rule or above it")
        else:
            names = tuple(name.strip() for name in order[1].split(","))
            found.append(Declaration(file=file, line=number, rule_line=first, names=names, reason=order[2]))
    return found, wrong


def declared_for(mutant: Mutant, known: Iterable[Declaration]) -> Declaration | None:
    """The declaration that a mutant is equivalent, None when there is none."""
    own = {mutant.name, mutant.name.partition("#")[0], mutant.operator}
    return next((d for d in known if (d.file, d.rule_line) == (mutant.file, mutant.line) and own & set(d.names)), None)


def unused(known: Iterable[Declaration], mutants: Sequence[Mutant]) -> list[str]:
    """A line for each name that no mutant of its rule has."""
    return [
        f"{each.file}:{each.line}: this rule has no mutant {name}; delete it"
        for each in known
        for name in each.names
        if not any(declared_for(mutant, [msgspec.structs.replace(each, names=(name,))]) for mutant in mutants)
    ]
