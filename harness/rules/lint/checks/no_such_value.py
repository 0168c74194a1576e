"""A value that a label of a well-known metric never has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from harness.rules.lint.exporters.known_values import Known, known_values
from harness.rules.lint.expression import Matcher, matches, uses
from harness.rules.lint.model import Context, Rule, Suspicion

_ALMOST = 0.87
_PLAIN = re.compile(r"[\w-]+")


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """`phase="pending"`, which is `Pending`. Where others may have values of their own, only what is spelt
    almost as a known one is told; where it is known what is scraped, nothing."""
    if context.label_values is not None:
        return
    for use in uses(rule.ast):
        for matcher in use.matchers:
            known = known_values(use.metric, matcher.name)
            wrong = _wrong(matcher, known) if known is not None and matcher.value else ""
            if known is not None and wrong:
                yield Suspicion(
                    check="no-such-value",
                    rule=rule,
                    message=f"{use.metric} never has {matcher.name}={wrong!r}; it has "
                    + ", ".join(sorted(known.values))
                    + ("" if known.all_of_them else ", ..."),
                    mend=_meant(wrong, known),
                )


def _wrong(matcher: Matcher, known: Known) -> str:
    """The value, or the alternative of a pattern, that there is not; "" when all may be there."""
    alternatives = [matcher.value] if matcher.op in ("=", "!=") else matcher.value.split("|")
    if all(_PLAIN.fullmatch(each) for each in alternatives):
        return next((each for each in alternatives if _is_none_of(each, known)), "")
    wanted = matcher.op == "=~" and matches(matcher, "") is False
    found = [matches(matcher, value) for value in known.values] if known.all_of_them and wanted else [None]
    return matcher.value if all(each is False for each in found) else ""


def _is_none_of(value: str, known: Known) -> bool:
    if value in known.values:
        return False
    if known.all_of_them or value in known.gone or value.casefold() in {each.casefold() for each in known.values}:
        return True
    return bool(get_close_matches(value, known.values, n=1, cutoff=_ALMOST))


def _meant(wrong: str, known: Known) -> str:
    same = [value for value in known.values if value.casefold() == wrong.casefold()]
    near = same or get_close_matches(wrong, known.values, n=1, cutoff=0.6)
    return f"{near[0]!r} was meant?" if near else ""
