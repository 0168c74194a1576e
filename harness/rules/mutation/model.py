"""Mutants and what became of them, as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Protocol

import msgspec

from harness.rules.lint.model import Rule


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a rule, or of a route, changed.

    Attributes:
        variant: which change of its operator, in words joined by hyphens ("sum-to-max").
        field: the path to it from the rule on, ("labels", "severity").
        before, after: what is different, as short as can be understood; `after` is "" for what was taken away.
        value: the new value of the field; None: the field is taken away.
        start, end: of `value`'s predecessor, the text that was replaced by `after`, where only a part of the field was;
            both 0 where the whole of it is new.
    """

    variant: str
    field: tuple[str, ...]
    before: str
    after: str
    value: str | None
    start: int = 0
    end: int = 0


class Operator(Protocol):
    """A module in `operators`; its name is the operator's."""

    def changes(self, rule: Rule) -> Iterator[Change]:
        """Every way in which it breaks the rule. Those that are no PromQL, or no change, are left out by the caller."""
        ...


class Place(msgspec.Struct, frozen=True, order=True):
    """Which rule of a file: of group number `group` the rule number `rule`, both from 0."""

    group: int
    rule: int


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """A rule with one change.

    Attributes:
        file, rule: where it is from: the file as named by the caller, the rule's name; `line`: its first one, from 1.
        place: None for a mutant of Alertmanager's routes.
        name: "operator/variant", with "#2" and so on where the same was done at several places of the rule.
        diff: unified, of the file.
    """

    file: str
    rule: str
    line: int
    place: Place | None
    operator: str
    name: str
    change: Change
    diff: str


class Fate(StrEnum):
    """What became of a mutant.

    EQUIVALENT: it survived, and it was shown or declared that it behaves as the rule does. WRONGLY_DECLARED: it was
    declared to be equivalent, and a test killed it. NOT_JUDGED: Prometheus refuses it, or could not be asked.
    """

    KILLED = "killed"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"
    WRONGLY_DECLARED = "wrongly declared"
    NOT_JUDGED = "not judged"


class Kind(StrEnum):
    """Who kills: a test that somebody wrote, a saved run, expectations of who is told."""

    TESTS = "tests"
    RUNS = "runs"
    ROUTES = "routes"


class Killed(msgspec.Struct, frozen=True):
    """By which test, of which kind."""

    by: str
    kind: Kind


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A mutant's fate. `reason`: why it is equivalent, or why it was not judged. `suggestion`: a test that would kill
    it, "" when none was found or looked for."""

    mutant: Mutant
    fate: Fate
    killed_by: tuple[Killed, ...] = ()
    reason: str = ""
    suggestion: str = ""
