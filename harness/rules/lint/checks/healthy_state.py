"""An alert that tells of a failure while all is well."""

from __future__ import annotations

import re
from collections.abc import Iterator

from promql_parser import VectorSelector

from harness.rules.lint.expression import bare, comparison, uses
from harness.rules.lint.model import Context, Expected, Rule, Severity, Suspicion
from harness.rules.lint.samples import Line, steady_proof

_UP = re.compile(r"^(\w+_)?up$|^probe_success$")
_FAILS = re.compile(
    r"down\b|\bfail|\bmissing\b|unreachable|unavailable|offline|\bdead\b|not (up|running|respond|reach)", re.I
)
# In an alert's name words are not apart.
_NAMED = re.compile(r"(Down|Failed|Failure|Missing|Unreachable|Unavailable|Offline|Dead)$")


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """`up == 1` and `probe_success > 0` under a text that says down."""
    compared = comparison(rule.ast)
    if not rule.alert or compared is None or not isinstance(bare(compared.vector), VectorSelector):
        return
    use = uses(compared.vector)[0]
    at_one = (compared.op, compared.threshold) in (("==", 1), ("!=", 0), (">=", 1)) or (
        compared.op == ">" and 0 <= compared.threshold < 1
    )
    if not at_one or not _UP.search(use.metric) or not _says_it_fails(rule):
        return
    yield Suspicion(
        check="healthy-state",
        rule=rule,
        message=f"{use.metric} is 1 while all is well, and the text speaks of a failure",
        mend=f"{use.metric} == 0",
        proof=steady_proof(rule, "all is well", [Line(use, 1.0)], Expected.STAYS_QUIET),
        unproven=Severity.WARNING,
    )


def _says_it_fails(rule: Rule) -> bool:
    texts = " ".join(rule.annotations.values())
    return _FAILS.search(texts) is not None or _NAMED.search(rule.alert) is not None
