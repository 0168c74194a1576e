"""An instant taken for a time that has passed or is left, or its age taken the wrong way round."""

from __future__ import annotations

import re
from collections.abc import Iterator

from promql_parser import BinaryExpr

from harness.rules.lint.expression import Comparison, bare, comparisons, text, uses
from harness.rules.lint.model import Context, Rule, Suspicion

_COMES = re.compile(
    r"expir\w*_(time(stamp)?_seconds|timestamp|date)$|cert_expiry$|cert_not_after$|ssl_expire_time_seconds$"
)
_WAS = re.compile(
    r"(boot|start)_time_seconds$|_created$|_(completion|start|last_schedule|last_successful)_time$|last_(success|successful|successful_\w+|completed?|completion|run|backup|"
    r"scrape|seen|sync|push|upload|update|save|finished)(_time|_timestamp|_time_seconds|_timestamp_seconds)$"
)
_KEEP_THE_VALUE = frozenset({"max", "min", "avg", "max_over_time", "min_over_time", "last_over_time", "avg_over_time"})
# Seconds since 1970 are more than this since 1973.
_LONG_AGO = 1e8


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """`cert_not_after < 604800`, which nothing has met since 1970, `time() - cert_not_after < 604800`, which all meet
    that have not ended, and `last_success_timestamp_seconds - time() > 3600`, which nothing meets."""
    for compared in comparisons(rule.ast) if rule.alert else ():
        found = _of_bare(compared) or _of_age(compared)
        if found is not None:
            yield Suspicion(check="instant-without-now", rule=rule, message=found[0], mend=found[1])


def _of_bare(compared: Comparison) -> tuple[str, str] | None:
    every = uses(compared.vector)
    if len(every) != 1 or not set(every[0].wrappers) <= _KEEP_THE_VALUE | {compared.op, *"<>"}:
        return None
    name, limit = every[0].metric, compared.threshold
    comes = _COMES.search(name) is not None
    if not (comes or _WAS.search(name)) or not 0 < limit < _LONG_AGO or compared.op not in ("<", "<=", ">", ">="):
        return None
    return (
        f"{name} is an instant, seconds since 1970: compared with {limit:g} it is "
        + ("always true" if compared.rises else "never true"),
        f"{name} - time()" if comes else f"time() - {name}",
    )


def _of_age(compared: Comparison) -> tuple[str, str] | None:
    node = bare(compared.vector)
    if not isinstance(node, BinaryExpr) or str(node.op) != "-" or compared.threshold <= 0:
        return None
    left, right = text(node.lhs), text(node.rhs)
    every = uses(node)
    if len(every) != 1 or not set(every[0].wrappers) <= _KEEP_THE_VALUE | {"-", compared.op, *"<>"}:
        return None
    name = every[0].metric
    if left == "time()" and _COMES.search(name) and compared.falls:
        return f"time() less {name} is below zero until then: always true", f"{right} - time()"
    if right == "time()" and _WAS.search(name) and compared.rises:
        return f"{name} has passed, so that less time() it is below zero: never true", f"time() - {left}"
    return None
