"""A matcher on a label that the metric does not have, or on a value that the label never has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from harness.rules.lint.expression import Matcher, Use, matches, uses
from harness.rules.lint.model import Context, Rule, Severity, Suspicion

_ABSENCE = frozenset({"absent", "absent_over_time"})


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """Nothing without the labels that are scraped. A value may not have been seen yet (`code="500"`), so a value is
    doubted aloud only where another one is spelt almost the same, or where it is a job's."""
    for use in uses(rule.ast):
        known = (context.label_values or {}).get(use.metric)
        if known is None or _ABSENCE & set(use.wrappers):
            continue
        for matcher in use.matchers:
            if matcher.name != "__name__" and matches(matcher, "") is False:
                found = _of_matcher(rule, context, use, matcher, known)
                if found is not None:
                    yield found


def _of_matcher(
    rule: Rule, context: Context, use: Use, matcher: Matcher, known: Mapping[str, frozenset[str]]
) -> Suspicion | None:
    if matcher.name not in known:
        return _unknown_name(rule, context, use, matcher, known)
    values = known[matcher.name]
    if not values or any(matches(matcher, value) is not False for value in values):
        return None
    near = get_close_matches(matcher.value, values, n=1, cutoff=0.8) if matcher.op == "=" else []
    near = [value for value in near if not value.isdigit()]
    return Suspicion(
        check="unknown-label",
        rule=rule,
        message=f"{use.metric} has no series with {matcher.name}{matcher.op}{matcher.value!r}; it has "
        + ", ".join(repr(value) for value in sorted(values)[:5]),
        severity=Severity.WARNING if near or matcher.name == "job" else Severity.HINT,
        mend=f"{matcher.name}={near[0]!r} is there: was that meant?" if near else "",
    )


def _unknown_name(
    rule: Rule, context: Context, use: Use, matcher: Matcher, known: Mapping[str, frozenset[str]]
) -> Suspicion | None:
    near = get_close_matches(matcher.name, known, n=1, cutoff=0.75)
    elsewhere = any(matcher.name in labels for labels in (context.label_values or {}).values())
    if not near and not elsewhere and not context.target_labels_known:
        return None
    return Suspicion(
        check="unknown-label",
        rule=rule,
        message=f"{use.metric} has no label {matcher.name}, so this selector finds nothing; it has "
        + (", ".join(sorted(known)) or "none"),
        mend=f"{near[0]} is there: was that meant?" if near else "",
    )
