"""A template that shows a label which the expression has aggregated away: it renders as nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.rules.lint.expression import labels
from harness.rules.lint.model import Context, Rule, Suspicion

_LABEL = re.compile(r"(?:\$labels|\.Labels)\.([A-Za-z_][A-Za-z0-9_]*)")
_INDEXED = re.compile(r"index\s+(?:\$labels|\.Labels)\s+\"([A-Za-z_][A-Za-z0-9_]*)\"")
# Within these the dot is something else: a series that a query has found.
_MOVES_THE_DOT = re.compile(r"\{\{-?\s*(range|with|template)\b")
_GUARD = re.compile(r"\{\{-?\s*(?:else\s+)?(?:if|with)\b[^{}]*\}\}")


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """Only labels that the result cannot have; one that a template asks for with `if` or `with` may be missing."""
    if not rule.alert:
        return
    has = labels(rule.ast)
    for name, text in (*rule.annotations.items(), *rule.labels.items()):
        guarded = {label for guard in _GUARD.findall(text) for label in _labels_in(guard)}
        gone = [label for label in dict.fromkeys(_labels_in(text)) if label not in guarded and not has.may_have(label)]
        if gone:
            kept = ", ".join(sorted(has.only)) if has.only else "none" if has.only is not None else "others"
            yield Suspicion(
                check="template-labels",
                rule=rule,
                message=f"{name} shows $labels.{gone[0]}, which the expression has dropped (it has: {kept})",
                mend=f"keep {', '.join(gone)} in the aggregation or matching, or take it out of the text",
            )


def _labels_in(text: str) -> list[str]:
    moved = _MOVES_THE_DOT.search(text)
    if moved:
        text = text[: moved.start()] + text[moved.start() :].replace(".Labels", "")
    return _LABEL.findall(text) + _INDEXED.findall(text)
