"""Verdicts, and how several become one.

Assumptions (steady state, the fault truly acting, the control staying green) are judged before results: when one
does not hold, what the pipeline did proves nothing, and the scenario takes the assumption's verdict.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """PASS: seen to hold. FAIL: seen not to hold. INCONCLUSIVE: not seen. ABORTED: stopped before the end.
    HARNESS_ERROR: the harness itself failed, nothing is known."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    ABORTED = "ABORTED"
    HARNESS_ERROR = "HARNESS_ERROR"

    @property
    def exit_code(self) -> int:
        """0, 1, 10, 11, 12, as the process ends."""
        return _EXIT_CODES[self]


_EXIT_CODES = {
    Verdict.PASS: 0,
    Verdict.FAIL: 1,
    Verdict.INCONCLUSIVE: 10,
    Verdict.ABORTED: 11,
    Verdict.HARNESS_ERROR: 12,
}
_OF_CLAIMS = (Verdict.HARNESS_ERROR, Verdict.ABORTED, Verdict.FAIL, Verdict.INCONCLUSIVE)


def combine(claims: Iterable[Verdict], assumptions: Iterable[Verdict] = ()) -> Verdict:
    """One verdict for many. Nothing to combine is INCONCLUSIVE: no data is never PASS.

    A failed assumption is INCONCLUSIVE for the whole; among claims, a claim seen to fail outweighs one not seen.
    """
    seen, assumed = list(claims), list(assumptions)
    for verdict in (Verdict.HARNESS_ERROR, Verdict.ABORTED):
        if verdict in seen or verdict in assumed:
            return verdict
    if any(verdict is not Verdict.PASS for verdict in assumed):
        return Verdict.INCONCLUSIVE
    for verdict in _OF_CLAIMS:
        if verdict in seen:
            return verdict
    return Verdict.PASS if seen else Verdict.INCONCLUSIVE
