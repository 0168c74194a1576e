"""Whether what a scenario promises of an alert can be kept at all by the configuration it runs under.

A deadline below the latest possible time would fail a pipeline that is right; failures that go on for less than `for`
can show nothing. Both are refused before anything runs, with the sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from harness.rules.timing import AlertTiming

State = Literal["pending", "firing", "delivered"]


@dataclass(frozen=True)
class Promise:
    """What is promised of an alert.

    Attributes:
        alert: its name.
        state: the state that it is to reach.
        limit_s: seconds from the failure in which it is to; None takes what the configuration promises.
        failing_s: how long the failures go on, from the first to the last; 0 for a single one.
    """

    alert: str
    state: State
    limit_s: float | None = None
    failing_s: float = 0.0


@dataclass(frozen=True)
class _Bounds:
    earliest_s: Callable[[AlertTiming], float]
    latest_s: Callable[[AlertTiming], float]
    terms: Callable[[AlertTiming], list[tuple[str, float]]]


def _pending_terms(timing: AlertTiming) -> list[tuple[str, float]]:
    return [("window", timing.window_s), ("scrape", timing.scrape_s), ("evaluation", timing.evaluation_s)]


def _firing_terms(timing: AlertTiming) -> list[tuple[str, float]]:
    return [*_pending_terms(timing), ("for", timing.held_s)]


def _delivered_terms(timing: AlertTiming) -> list[tuple[str, float]]:
    return [*_firing_terms(timing), ("group wait", timing.group_wait_s)]


_BOUNDS: dict[State, _Bounds] = {
    "pending": _Bounds(lambda _: 0.0, lambda t: t.pending_within_s, _pending_terms),
    "firing": _Bounds(lambda t: t.fires_after_s, lambda t: t.fires_within_s, _firing_terms),
    "delivered": _Bounds(lambda t: t.delivered_after_s, lambda t: t.delivered_within_s, _delivered_terms),
}


def refusal(promise: Promise, timing: AlertTiming) -> str:
    """Why `promise` cannot be kept under `timing`, with the sum; "" when it can."""
    return _never_pending(promise, timing) or _too_short(promise, timing) or _too_soon(promise, timing)


def _never_pending(promise: Promise, timing: AlertTiming) -> str:
    if promise.state != "pending" or timing.for_s:
        return ""
    return f"{promise.alert} has no `for`: it fires at once and pending never shows; claim that it fires"


def _too_short(promise: Promise, timing: AlertTiming) -> str:
    """A rate stays up for its window after the last failure; what is sure of that is one scrape and one evaluation
    less."""
    if promise.state == "pending" or not timing.for_s:
        return ""
    sure_s = promise.failing_s + timing.window_s - timing.error_s
    if sure_s >= timing.held_s:
        return ""
    return (
        f"{promise.alert} must hold for {timing.held_s:g} s to fire, and is sure to for {max(0.0, sure_s):g} s only: "
        f"failures for {promise.failing_s:g} s + window {timing.window_s:g} s - scrape {timing.scrape_s:g} s "
        f"- evaluation {timing.evaluation_s:g} s"
    )


def _too_soon(promise: Promise, timing: AlertTiming) -> str:
    bounds = _BOUNDS[promise.state]
    earliest_s, latest_s = bounds.earliest_s(timing), bounds.latest_s(timing)
    if promise.limit_s is None or promise.limit_s >= latest_s:
        return ""
    total = " + ".join(f"{name} {seconds:g} s" for name, seconds in bounds.terms(timing) if seconds)
    able = "never happens" if promise.limit_s < earliest_s else "is not sure to happen"
    return (
        f"{promise.alert} {promise.state} within {promise.limit_s:g} s {able}: {earliest_s:g} s after the failure at "
        f"the earliest, {latest_s:g} s at the latest = {total}"
    )
