"""Two alerts for one cause, of which the critical one comes before the warning."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import msgspec

from harness.rules.lint.expression import comparison, text
from harness.rules.lint.model import Context, Rule, Suspicion
from harness.rules.lint.run_index import once_a_run

_RANK = {"info": 0, "warning": 1, "warn": 1, "error": 2, "major": 2, "critical": 3, "crit": 3, "page": 3}


class _Limit(msgspec.Struct, frozen=True):
    rule: Rule
    rank: int
    threshold: float


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """Told at the more severe of the two, when it compares the same expression in the same direction."""
    compared = comparison(rule.ast)
    rank = _rank(rule)
    if compared is None or rank is None or not (compared.rises or compared.falls):
        return
    for other in _limits(context.rules)[(text(compared.vector), compared.rises)]:
        if other.rank >= rank or other.rule.file != rule.file:
            continue
        sooner = compared.threshold < other.threshold if compared.rises else compared.threshold > other.threshold
        if sooner and rule.for_s <= other.rule.for_s:
            yield Suspicion(
                check="conflicting-limits",
                rule=rule,
                message=f"this is reached at {compared.threshold:g}, before the less severe {other.rule.name} at "
                f"{other.threshold:g} (line {other.rule.line})",
                mend="swap the two limits",
            )


def _rank(rule: Rule) -> int | None:
    return _RANK.get(rule.labels.get("severity", "").lower()) if rule.alert else None


@once_a_run
def _limits(rules: tuple[Rule, ...]) -> Mapping[tuple[str, bool], list[_Limit]]:
    found: defaultdict[tuple[str, bool], list[_Limit]] = defaultdict(list)
    for rule in rules:
        rank, compared = _rank(rule), comparison(rule.ast)
        if rank is not None and compared is not None and (compared.rises or compared.falls):
            found[(text(compared.vector), compared.rises)].append(_Limit(rule, rank, compared.threshold))
    return found
