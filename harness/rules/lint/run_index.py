"""What is worked out of all rules once, however many rules ask for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Generic, TypeVar

from harness.rules.lint.model import Rule

T = TypeVar("T")


class _ByIdentity(Generic[T]):
    """Equal only when it is the same object: rules have parts that cannot be hashed, and comparing them takes long."""

    def __init__(self, of: T) -> None:
        self.of = of

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.of is self.of

    def __hash__(self) -> int:
        return id(self.of)


def once_a_run(build: Callable[[tuple[Rule, ...]], T]) -> Callable[[tuple[Rule, ...]], T]:
    """`build`, keeping what it made of the last rules it was asked about."""
    kept = lru_cache(maxsize=1)(lambda rules: build(rules.of))

    def of_rules(rules: tuple[Rule, ...]) -> T:
        return kept(_ByIdentity(rules))

    return of_rules
