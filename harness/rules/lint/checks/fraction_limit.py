"""A ratio or a percentage held against a number of another scale: 10 for 10 %, or 0.8 for 80 %."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.rules.lint.expression import Comparison, comparisons, is_topmost, uses
from harness.rules.lint.fraction import Fraction, all_of_it_proof, fraction, is_share, is_subset
from harness.rules.lint.model import Context, Expected, Proof, Rule, Severity, Suspicion

_CHANGES_SCALE = frozenset({"*", "/", "+", "sum", "count", "increase", "sum_over_time"})
_RATIO = re.compile(r"(_|:)ratio$")


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """Shares of a whole, by their selectors or names, and metrics called `..._ratio`."""
    for compared in comparisons(rule.ast):
        found = fraction(compared.vector)
        if found is not None:
            yield from _of_fraction(rule, compared, found)
        elif _is_bare_ratio(compared) and 5 <= compared.threshold <= 100:
            yield Suspicion(
                check="fraction-limit",
                rule=rule,
                message=f"a ratio, 1 at most in all likelihood, is compared with {compared.threshold:g}",
                mend=f"compare with {compared.threshold / 100:g}",
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
