"""Names of alerts and channels in sentences, and an alert's value at the moment it was missed."""

from __future__ import annotations

import re
from collections.abc import Callable

from harness.errors import TargetError
from harness.scenario import Scenario

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


def record_value(scenario: Scenario, alert: str) -> Callable[[], None]:
    """A function that records the alert's value and threshold as they are when it is called."""

    def record() -> None:
        try:
            value, threshold = scenario.target.alert_value(alert)
        except TargetError as error:
            scenario.record("observer", "prometheus", event="lost", why=str(error))
            return
        scenario.record("alert-value", alert, value=value, threshold=threshold)

    return record
