"""A counter compared as it stands: it only grows, so what was true once stays true until the next restart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.rules.lint.expression import Comparison, Use, binaries, comparisons, is_topmost, uses
from harness.rules.lint.model import Context, Expected, Proof, Rule, Severity, Suspicion
from harness.rules.lint.naming import is_counter, may_be_counter
from harness.rules.lint.samples import Line, steady_proof

# What is broken once stays so, and so may the alert.
_LASTING = re.compile(r"edac|uncorrectable|corrupt")
_AS_IT_STANDS = frozenset({"sum", "max", "min", "avg", "==", "!=", ">", "<", ">=", "<=", "+", "*", "/"})


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """By declared type, or by the names that counted events have. A counter that is 0 or not there yet (`== 0`) is a
    question worth asking; that it has exactly reached another number is none. The difference of two counters is a
    gauge; a fraction of two may be meant since the start, and what is beside it may end it: hints."""
    beside = next(binaries(rule.ast, "and", "unless"), None) is not None
    for compared in comparisons(rule.ast) if rule.alert else ():
        raw = [use for use in uses(compared.vector) if _is_raw(use) and may_be_counter(use.metric, context)]
        for use in raw[:1] if _stays_true(compared) else ():
            sure = is_counter(use.metric, context) and "/" not in use.wrappers and not beside
            yield Suspicion(
                check="raw-counter",
                rule=rule,
                message=f"{use.metric} only ever grows: once true, this stays true until the process restarts",
                severity=Severity.WARNING if sure else Severity.HINT,
                mend=f"increase({use.metric}[...]) {compared.op} {compared.threshold:g}",
                proof=_proof(rule, compared, use) if sure and not _LASTING.search(use.metric) else None,
            )


def _is_raw(use: Use) -> bool:
    return use.range_s is None and use.selector.offset is None and set(use.wrappers) <= _AS_IT_STANDS


def _stays_true(compared: Comparison) -> bool:
    return compared.rises or (compared.op in ("==", "!=") and compared.threshold != 0)


def _proof(rule: Rule, compared: Comparison, use: Use) -> Proof | None:
    if not compared.rises or not is_topmost(compared.node, rule.ast) or len(uses(rule.ast)) != 1:
        return None
    if set(use.wrappers) & {"+", "*"}:
        return None
    return steady_proof(
        rule,
        "the counter went beyond the limit long ago, and nothing has happened since",
        [Line(use, max(0.0, compared.threshold) + 1)],
        Expected.STAYS_QUIET,
    )
