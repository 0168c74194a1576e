"""A claim: one sentence about the run, with the checker that decides it. Plain data, kept on the timeline."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from harness.judging.verdict import Verdict

Role = Literal["claim", "assumption"]


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What is claimed.

    Attributes:
        id: unique in the run: the scenario's name and the claim's number in it.
        text: the sentence a person reads.
        checker: name of the module in `harness.checkers` that decides it.
        params: what the checker needs to know, plain JSON.
        since: the zero of `limit_s`, seconds since the epoch.
        limit_s: seconds allowed; None where no time is claimed.
        allowance: what the limit is made of, or the line of the specification it comes from.
        role: an assumption that does not hold makes the whole scenario prove nothing.
    """

    id: str
    scenario: str
    text: str
    checker: str
    params: dict[str, Any]
    since: float
    limit_s: float | None = None
    allowance: str = ""
    role: Role = "claim"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a checker found.

    Attributes:
        verdict: the decision.
        measured_s: seconds from the claim's zero to the fact that decided it.
        at: the instant of that fact, seconds since the epoch.
        clock: the source by whose clock `at` is, "harness" for the run's own.
        reason: in one line what was seen; for anything but PASS, what was last seen.
    """

    verdict: Verdict
    reason: str
    measured_s: float | None = None
    at: float | None = None
    clock: str = "harness"


def reached(claim: Claim, at: float, reason: str, *, since: float | None = None, clock: str = "harness") -> Finding:
    """What was waited for happened at `at` by the clock of the source `clock`: PASS within the limit, FAIL beyond it.

    Without a limit no time is claimed, and none is given.
    """
    zero = claim.since if since is None else since
    measured = at - zero
    if claim.limit_s is not None and measured > claim.limit_s:
        return Finding(
            verdict=Verdict.FAIL,
            measured_s=measured,
            at=at,
            clock=clock,
            reason=f"{reason}, but after {measured:.1f} s of {claim.limit_s:g} s",
        )
    timed = measured if claim.limit_s is not None else None
    return Finding(verdict=Verdict.PASS, measured_s=timed, at=at, clock=clock, reason=reason)


def missed(reason: str) -> Finding:
    """What was waited for was watched for and did not happen."""
    return Finding(verdict=Verdict.FAIL, reason=reason)


def unseen(reason: str) -> Finding:
    """Nothing was seen that could decide the claim."""
    return Finding(verdict=Verdict.INCONCLUSIVE, reason=reason)
