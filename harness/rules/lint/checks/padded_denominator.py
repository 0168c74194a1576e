"""A denominator with something added so as not to be zero: at low rates what was added is all there is."""

from __future__ import annotations

from collections.abc import Iterator

from promql_parser import BinaryExpr, Call, Expr

from harness.rules.lint.expression import bare, binaries, comparison, number, uses
from harness.rules.lint.fraction import RATES, all_of_it_proof, fraction
from harness.rules.lint.model import Context, Expected, Proof, Rule, Severity, Suspicion

_NOTICED_PER_S = 0.01


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """`/ clamp_min(rate(...), 1)` and `/ (rate(...) + 1)`, where a rate is a number a second. Beside an `increase` the
    same is a hint."""
    for node in binaries(rule.ast, "/"):
        padding = _padding(node.rhs)
        if padding is None or padding < _NOTICED_PER_S:
            continue
        functions = {name for use in uses(node.rhs) for name in use.wrappers if name in RATES}
        if not functions:
            continue
        per_second = "increase" not in functions
        yield Suspicion(
            check="padded-denominator",
            rule=rule,
            message=f"the denominator is padded to {padding:g}"
            + (" a second" if per_second else "")
            + ": below that rate the fraction shrinks, also when everything fails",
            severity=Severity.WARNING if per_second else Severity.HINT,
            mend="divide by the plain rate (0 / 0 raises no alert), or ask for enough traffic with `and ... > ...`",
            proof=_proof(rule, padding) if per_second else None,
        )


def _padding(node: Expr) -> float | None:
    node = bare(node)
    if isinstance(node, Call) and node.func.name == "clamp_min":
        return number(node.args[1])
    if isinstance(node, BinaryExpr) and str(node.op) == "+":
        return number(node.rhs) if number(node.rhs) is not None else number(node.lhs)
    return None


def _proof(rule: Rule, padding: float) -> Proof | None:
    """Everything fails at a rate at which the padded fraction is half the limit."""
    compared = comparison(rule.ast)
    found = fraction(compared.vector) if compared is not None else None
    if compared is None or found is None or found.complement or not compared.rises:
        return None
    if not 0 < compared.threshold < found.factor:
        return None
    per_s = padding * compared.threshold / found.factor / 2
    return all_of_it_proof(rule, found, Expected.FIRES, f"everything fails, {per_s:.3g} times a second", per_s)
