"""A counter that is born with its first event: rate() and increase() see no growth in a series' first sample."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.expression import comparisons, is_topmost, uses
from harness.rules.lint.model import Context, Rule, Severity, Suspicion

_SEE_GROWTH = frozenset({"increase", "irate", "rate"})
# Labels whose values come with what happens, so that no program can have them at zero beforehand.
_BORN_WITH_EVENTS = frozenset(
    {"category", "code", "error", "error_code", "error_type", "exception", "outcome", "path", "reason", "status"}
    | {"status_code"}
)


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """A hint, where a single burst is enough to be told (`> 0`, less than one event more) and a matcher wants a label
    that comes with the event; most programs do not say whether they begin at zero."""
    if not rule.alert:
        return
    for compared in comparisons(rule.ast):
        for use in uses(compared.vector):
            born = sorted({each.name for each in use.matchers if each.op in ("=", "=~")} & _BORN_WITH_EVENTS)
            single = compared.rises and compared.threshold < 1 and use.function in _SEE_GROWTH
            if single and born and is_topmost(compared.node, rule.ast) and len(uses(compared.vector)) == 1:
                yield Suspicion(
                    check="misses-first-burst",
                    rule=rule,
                    message=f"if {use.metric} is exported only from its first event with this {born[0]} on, "
                    f"{use.function}() does not see that one, nor any other before the first scrape",
                    severity=Severity.HINT,
                    mend=f"have the program begin each {born[0]} at 0, or add "
                    f"`or ({use.metric} unless {use.metric} offset ...) > 0`",
                )
