"""A ratio or a percentage held against a number of another scale: 10 for 10 %, or 0.8 for 80 %."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from promql_parser import AggregateExpr, BinaryExpr, Expr

from harness.rules.lint.expression import Comparison, bare, comparisons, is_topmost, number, operator, uses
from harness.rules.lint.fraction import RATES, Fraction, all_of_it_proof, fraction, is_share, is_subset
from harness.rules.lint.model import Context, Expected, Proof, Rule, Severity, Suspicion
from harness.rules.lint.proof.series import with_part_replaced
from harness.rules.lint.samples import Line, sampled_each_s, steady_proof

_KEEP_A_SHARE = frozenset({"rate", "irate", "avg", "min", "max"})
_OF_CPU = re.compile(r"cpu_(seconds|time)_total$|cpu_usage_seconds_total$")
_FAR = 1.5
_PERCENTAGE = re.compile(r"(^|_)(percent|percentage|pct)(_|$)|_cpuutilization_")
_CHANGES_SCALE = frozenset({"*", "/", "+", "sum", "count", "increase", "sum_over_time"})
# fluentd calls a percentage a ratio.
_RATIO = re.compile(r"^(?!fluentd_).*(_|:)ratio$")


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """Shares of a whole, by their selectors or names, and metrics called `..._ratio`."""
    for compared in comparisons(rule.ast):
        found = fraction(compared.vector)
        if _is_whole_hundredfold(compared):
            yield Suspicion(
                check="fraction-limit",
                rule=rule,
                message=f"the whole is multiplied by 100, not the part: {compared.threshold:g} is out of reach",
                mend="100 * part / whole",
            )
        elif found is not None:
            yield from _of_fraction(rule, compared, found)
        elif (mixed := _mixed(compared.vector)) is not None:
            yield from _of_mixed(rule, compared, mixed)
        elif _is_bare_percentage(compared) and not _says_percent(rule, compared.threshold):
            yield Suspicion(
                check="fraction-limit",
                rule=rule,
                message=f"a percentage, by its name, is compared with {compared.threshold:g}",
                mend=f"compare with {compared.threshold * 100:g}",
            )
        elif _is_bare_ratio(compared) and 5 <= compared.threshold <= 100:
            yield Suspicion(
                check="fraction-limit",
                rule=rule,
                message=f"a ratio, 1 at most in all likelihood, is compared with {compared.threshold:g}",
                mend=f"compare with {compared.threshold / 100:g}",
            )


def _mixed(node: Expr) -> BinaryExpr | None:
    """`100 - free / size`, and `100 - rate(cpu_seconds_total[5m])`: a percentage less a ratio."""
    node = bare(node)
    if not isinstance(node, BinaryExpr) or str(node.op) != "-" or number(node.lhs) != 100:
        return None
    found = fraction(node.rhs)
    if found is not None:
        return node if found.factor == 1 and not found.complement and is_share(found) else None
    every = uses(node.rhs)
    plain = len(every) == 1 and set(every[0].wrappers) <= _KEEP_A_SHARE and operator(bare(node.rhs)) == ""
    return node if plain and every[0].function in RATES and _OF_CPU.search(every[0].metric) else None


def _of_mixed(rule: Rule, compared: Comparison, node: BinaryExpr) -> Iterator[Suspicion]:
    if not compared.rises or not 1 < compared.threshold < 99:
        return
    sound = with_part_replaced(rule, node, f"(100 - 100 * ({node.rhs}))")
    base = None
    if sound is not None and is_topmost(compared.node, rule.ast):
        step = sampled_each_s(rule.ast)
        lines = [Line(use, 0.0, step) if RATES & set(use.wrappers) else Line(use, 1000.0) for use in uses(node.rhs)]
        base = steady_proof(rule, "all of the whole is free", lines, Expected.STAYS_QUIET)
    yield Suspicion(
        check="fraction-limit",
        rule=rule,
        message="100 less a ratio, which is 1 at most, is 99 at least: always true",
        mend="100 - 100 * ...",
        proof=None if base is None else msgspec.structs.replace(base, mended=sound),
        unproven=Severity.WARNING,
    )


def _is_whole_hundredfold(compared: Comparison) -> bool:
    """`part / (whole * 100) > 5`, also within a sum of the whole."""
    node = bare(compared.vector)
    if not isinstance(node, BinaryExpr) or operator(node) != "/" or not compared.rises or compared.threshold < 1:
        return False
    below = bare(node.rhs)
    while isinstance(below, AggregateExpr) and str(below.op) in ("sum", "avg"):
        below = bare(below.expr)
    return isinstance(below, BinaryExpr) and operator(below) == "*" and 100 in (number(below.lhs), number(below.rhs))


def _is_bare_percentage(compared: Comparison) -> bool:
    found = uses(compared.vector)
    return (
        len(found) == 1
        and compared.rises
        and 0.3 <= compared.threshold < 1
        and bool(_PERCENTAGE.search(found[0].metric))
        and not set(found[0].wrappers) & (_CHANGES_SCALE | {"-"} | RATES)
    )


def _is_bare_ratio(compared: Comparison) -> bool:
    found = uses(compared.vector)
    return len(found) == 1 and bool(_RATIO.search(found[0].metric)) and not set(found[0].wrappers) & _CHANGES_SCALE


def _of_fraction(rule: Rule, compared: Comparison, found: Fraction) -> Iterator[Suspicion]:
    limit = compared.threshold
    if is_share(found) and _out_of_reach(compared, found):
        yield Suspicion(
            check="fraction-limit",
            rule=rule,
            message=f"a share of a whole, {found.factor:g} at most, is compared with {limit:g}: "
            + ("never true" if compared.rises else "always true"),
            mend=f"compare with {limit * found.factor / 100:g}" if found.factor == 1 else "",
            proof=_proof(rule, compared, found),
        )
    elif found.factor == 100 and 0 < limit < 1 and not _says_percent(rule, limit):
        yield Suspicion(
            check="fraction-limit",
            rule=rule,
            message=f"a percentage is compared with {limit:g}, less than one per cent",
            severity=Severity.WARNING if limit > 0.5 and (is_subset(found) or compared.rises) else Severity.HINT,
            mend=f"compare with {limit * 100:g}, or leave out the * 100",
        )


def _out_of_reach(compared: Comparison, found: Fraction) -> bool:
    """A share at its limit (`>= 1`, `< 1`) is a question worth asking; above it there is nothing."""
    limit, most = compared.threshold, found.factor
    if most not in (1, 100) or limit < most:
        return False
    if not is_subset(found) and limit < _FAR * most:
        # By their names alone: what is in use may be somewhat more than a limit that nobody enforces.
        return False
    if compared.op == ">":
        return limit > most or is_subset(found)
    return limit > most and (compared.op == ">=" or compared.falls)


def _says_percent(rule: Rule, limit: float) -> bool:
    return any(f"{limit:g}%" in text.replace(" ", "") for text in rule.annotations.values())


def _proof(rule: Rule, compared: Comparison, found: Fraction) -> Proof | None:
    if not is_topmost(compared.node, rule.ast):
        return None
    if compared.rises and not found.complement:
        return all_of_it_proof(rule, found, Expected.FIRES, "all of the whole is in the part, the most there can be")
    if compared.falls and not found.complement:
        return all_of_it_proof(rule, found, Expected.STAYS_QUIET, "all of the whole is in the part")
    return None
