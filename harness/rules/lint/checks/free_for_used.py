"""What is free compared as if it were what is used."""

from __future__ import annotations

import re
from collections.abc import Iterator

from promql_parser import BinaryExpr

from harness.rules.lint.expression import Comparison, comparisons, uses, walk
from harness.rules.lint.model import Context, Rule, Suspicion

_FREE = re.compile(r"(^|_)(avail|available|free|idle|MemAvailable|MemFree|SwapFree)(_|$)")
_SAYS_USED = re.compile(r"\b(us(ed?|age)|utili[sz]ation|load|full)\b", re.I)
_SAYS_FREE = re.compile(r"\b(free|available|idle|left|remain(s|ing)?|unused)\b", re.I)


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """`100 * free / size > 90` under a text that speaks of use alone. What is taken from a whole is used again."""
    texts = " ".join(rule.annotations.values())
    found = comparisons(rule.ast)
    if not rule.alert or len(found) != 1 or not _SAYS_USED.search(texts) or _SAYS_FREE.search(texts):
        return
    what = _free(found[0])
    if what:
        yield Suspicion(
            check="free-for-used",
            rule=rule,
            message=f"the text speaks of what is used, and this is large when {what} is: when there is no trouble",
            mend="take it from the whole: 1 - ..., or 100 - ...",
        )


def _free(compared: Comparison) -> str:
    """What is free where much of it is told of; "" where it is not so."""
    share = 0.5 <= compared.threshold < 1 or 50 <= compared.threshold < 100
    if not compared.rises or not share or any(_subtracts(each) for each in walk(compared.vector)):
        return ""
    every = uses(compared.vector)
    first = every[0] if every else None
    if first is None:
        return ""
    idle = any(each.name == "mode" and each.op == "=" and each.value == "idle" for each in first.matchers)
    return "idle time" if idle else first.metric if _FREE.search(first.metric) else ""


def _subtracts(node: object) -> bool:
    return isinstance(node, BinaryExpr) and str(node.op) == "-"
