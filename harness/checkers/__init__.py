"""Checkers: pure functions from facts to a finding, one a file, registered by being there.

`check(claim, facts, closed)` gets the facts so far, to be asked for by kind and subject: a checker runs again at each
new fact, so it should read what its claim is about and no more. It answers None while it cannot say yet, which it may
only do as long as the claim is not `closed` (its wait is still on). Adding a checker is adding a file.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache
from typing import Protocol, cast

from harness.errors import UsageError
from harness.facts.history import Fact, History
from harness.judging.claims import Claim, Finding
from harness.judging.verdict import Verdict


class Checker(Protocol):
    """The one function of a checker's module."""

    def __call__(self, claim: Claim, facts: History, closed: bool) -> Finding | None: ...


def names() -> list[str]:
    """All checkers, by the name claims use."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


@cache
def checker(name: str) -> Checker:
    """The checker called `name`.

    Raises:
        UsageError: there is none.
    """
    if name not in names():
        raise UsageError(f"there is no checker {name!r}", todo=f"one of: {', '.join(names())}")
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    return cast(Checker, module.check)


def decide(claim: Claim, facts: Sequence[Fact], *, closed: bool) -> Finding | None:
    """What the claim's checker says of `facts`. A checker that crashes, or leaves a closed claim undecided, is a
    HARNESS_ERROR."""
    try:
        finding = checker(claim.checker)(claim, History.over(facts), closed)
    except Exception as error:  # noqa: BLE001 - whatever a checker throws must become a verdict, never a PASS
        return Finding(
            verdict=Verdict.HARNESS_ERROR, reason=f"checker {claim.checker} crashed: {type(error).__name__}: {error}"
        )
    if finding is None and closed:
        return Finding(verdict=Verdict.HARNESS_ERROR, reason=f"checker {claim.checker} left the claim undecided")
    return finding
