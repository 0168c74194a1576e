"""An alert that stays for days after what it tells of is over."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.durations import duration
from harness.rules.lint.expression import bare, comparisons, uses
from harness.rules.lint.model import Context, Rule, Severity, Suspicion

_KEEP_WHAT_WAS = frozenset({"changes", "increase", "max_over_time", "resets"})
_DAYS_S = 2 * 24 * 3600.0


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """Hints: a window or a `keep_firing_for` of days may be wanted. A raw counter is another check's."""
    if not rule.alert:
        return
    if rule.keep_firing_for_s >= _DAYS_S:
        yield _hint(rule, f"keep_firing_for holds it for {_text(rule.keep_firing_for_s)} after it is over")
    for compared in comparisons(rule.ast):
        for use in uses(bare(compared.vector)):
            if compared.rises and use.function in _KEEP_WHAT_WAS and use.range_s and use.range_s >= _DAYS_S:
                yield _hint(rule, f"one event holds it for {_text(use.range_s)}, the window of {use.function}()")


def _hint(rule: Rule, message: str) -> Suspicion:
    return Suspicion(
        check="never-resolves", rule=rule, message=message, severity=Severity.HINT, mend="a shorter window"
    )


def _text(seconds: float) -> str:
    return duration(round(seconds * 1000))
