"""How several verdicts become one."""

from __future__ import annotations

import pytest

from harness.judging.verdict import Verdict, combine

P, F, U, A, H = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ABORTED, Verdict.HARNESS_ERROR


@pytest.mark.parametrize(
    ("claims", "assumptions", "together"),
    [
        ([P, P], [P], P),
        ([], [], U),
        ([], [P], U),
        ([P, F], [P], F),
        ([P, U], [P], U),
        ([F, U], [P], F),
        ([P, P], [U], U),
        ([F], [U], U),
        ([F], [A], A),
        ([F, A], [], A),
        ([A, H], [P], H),
    ],
)
def test_combination(claims: list[Verdict], assumptions: list[Verdict], together: Verdict) -> None:
    assert combine(claims, assumptions) is together


def test_exit_codes() -> None:
    assert [v.exit_code for v in (P, F, U, A, H)] == [0, 1, 10, 11, 12]
