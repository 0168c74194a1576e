"""A text that says "below" over an expression that looks for "above", or the other way round."""

from __future__ import annotations

import re
from collections.abc import Iterator

from promql_parser import BinaryExpr

from harness.rules.lint.expression import Comparison, comparisons, walk
from harness.rules.lint.model import Context, Rule, Severity, Suspicion
from harness.rules.lint.statements import Limit, limits

_FALLS = re.compile(r"\b(below|less than|lower than|under|fewer than|drops? to)\b", re.I)
# Such a text tells how it should be, not how it is.
_WANTED = re.compile(r"\b(should|must|expect(s|ed)?|at least|at most|need(s|ed)?|require[sd]?|healthy)\b", re.I)
_RISES = re.compile(r"\b(above|more than|higher than|over|exceed(s|ed|ing)?|greater than)\b", re.I)


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """Only where there is one comparison, nothing turns its value round, and all texts agree."""
    found = comparisons(rule.ast)
    if len(found) != 1 or not (found[0].rises or found[0].falls) or _turns_round(found[0]):
        return
    texts = " ".join(rule.annotations.values())
    wanted = _WANTED.search(texts) is not None
    said = set() if wanted else {each.rises for each in limits(texts) if _is_limit(each, found[0])}
    if len(said) == 1 and said != {found[0].rises}:
        yield Suspicion(
            check="text-and-direction",
            rule=rule,
            message=f"the text tells of values {'above' if found[0].falls else 'below'} the limit, the expression "
            f"looks for those {'below' if found[0].falls else 'above'} it",
            mend="turn the comparison round, or mend the text",
        )
        return
    falls, rises = _says(_FALLS, texts), _says(_RISES, texts)
    if falls == rises or (falls and found[0].falls) or (rises and found[0].rises):
        return
    word = (_FALLS if falls else _RISES).search(texts)
    yield Suspicion(
        check="text-and-direction",
        rule=rule,
        message=f"the text says {word.group() if word else ''!r}, the expression looks for "
        + ("large values" if found[0].rises else "small values"),
        severity=Severity.HINT,
        mend="turn the comparison round, or mend the text",
    )


def _is_limit(said: Limit, compared: Comparison) -> bool:
    """Whether the text speaks of this very limit, as it is or as a percentage."""
    return said.number in (compared.threshold, round(100 * compared.threshold, 9))


def _says(pattern: re.Pattern[str], texts: str) -> bool:
    return pattern.search(texts) is not None


def _turns_round(compared: Comparison) -> bool:
    return compared.threshold == 0 or any(
        isinstance(each, BinaryExpr) and str(each.op) == "-" for each in walk(compared.vector)
    )
