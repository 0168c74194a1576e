"""Names of alerts and channels in sentences, what their limits count from, and an alert's value when it was missed."""

from __future__ import annotations

import re
from collections.abc import Callable

from harness.errors import TargetError, UsageError
from harness.rules.feasibility import Promise, State, refusal
from harness.rules.timing import AlertTiming
from harness.running.scenario import Scenario
from harness.running.story import Story

_AND = re.compile(r",\s*|\s+and\s+")


def names(sentence: str) -> list[str]:
    """ "A, B and C" as a list."""
    return [name for name in _AND.split(sentence.strip()) if name]


def channels(sentence: str) -> list[str]:
    """ "PagerDuty and Slack" as the receiver's channel names."""
    return [name.lower() for name in names(sentence)]


def quoted(sentence: str) -> list[str]:
    """The texts in double quotes, in order."""
    return re.findall(r'"([^"]+)"', sentence)


def counted_from(story: Story, zero: float) -> str:
    """What a limit on an alert counts from, with how far it is from the fault.

    By default that is the failure: what the pipeline takes to fail is a claim of its own, with its own limit, and what
    is left is the alerting's. The fault is the zero where a sentence says so.
    """
    if zero == story.effective_at:
        return "from the fault's effect"
    return f"from the failure, {zero - story.effective_at:.1f} s after the fault's effect"


def refuse(alert: str, state: State, limit_s: float | None, timing: AlertTiming) -> None:
    """Raises UsageError, with the sum, when the alert cannot reach `state` in time by its own configuration."""
    wrong = refusal(Promise(alert, state, limit_s), timing)
    if wrong:
        raise UsageError(wrong, todo="claim what the rule promises, or change the rule")


def record_value(scenario: Scenario, alert: str) -> Callable[[], None]:
    """A function that records the alert's value and threshold as they are when it is called."""

    def record() -> None:
        try:
            value, threshold = scenario.target.alert_value(alert)
        except TargetError as error:
            scenario.record("observer", "alert-value", event="lost", why=str(error))
            return
        scenario.record("alert-value", alert, value=value, threshold=threshold)

    return record
