"""How soon and how late an alert can fire, from the configuration alone: the feasibility sum.

The floor of any alert is scrape + evaluation (measured: see docs/timing.md); the ceiling adds the window of its
expression, over which a rate is diluted, and its `for`. Delivery adds `group_wait`; the end of a notification
adds `group_interval`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import yaml

from harness.errors import UsageError
from harness.rules.durations import DURATION, seconds

_RANGE = re.compile(rf"\[\s*({DURATION})")


@dataclass(frozen=True)
class AlertTiming:
    """All in seconds. Of several routes of Alertmanager the slowest group counts, and the soonest repetition."""

    window_s: float
    for_s: float
    scrape_s: float
    evaluation_s: float
    group_wait_s: float
    group_interval_s: float
    repeat_interval_s: float

    @property
    def error_s(self) -> float:
        """By how much any time of this alert may be off: what happened is scraped one scrape later at most, and seen
        one evaluation after that."""
        return self.scrape_s + self.evaluation_s

    @property
    def held_s(self) -> float:
        """How long the alert is pending before it fires: its `for`, rounded up to the next evaluation."""
        return math.ceil(self.for_s / self.evaluation_s - 1e-9) * self.evaluation_s

    @property
    def pending_within_s(self) -> float:
        """The latest time from cause to the expression being true: window + one scrape + one evaluation."""
        return self.window_s + self.scrape_s + self.evaluation_s

    @property
    def fires_after_s(self) -> float:
        """The earliest time from cause to firing: scraped and evaluated in the same instant, only `for` is left."""
        return self.held_s

    @property
    def fires_within_s(self) -> float:
        """The latest time from cause to firing: window + for + one scrape + one evaluation."""
        return self.pending_within_s + self.held_s

    @property
    def delivered_after_s(self) -> float:
        """The earliest time from cause to the receiver having it, when its group is new."""
        return self.fires_after_s + self.group_wait_s

    @property
    def delivered_within_s(self) -> float:
        """The latest time from cause to the receiver having it."""
        return self.fires_within_s + self.group_wait_s

    @property
    def resolves_within_s(self) -> float:
        """The latest time from the last cause to inactive: the window must pass, then be scraped and evaluated."""
        return self.window_s + self.scrape_s + 2 * self.evaluation_s

    @property
    def resolution_delivered_within_s(self) -> float:
        """The latest time from the last cause to the receiver being told of the end."""
        return self.resolves_within_s + self.group_wait_s + self.group_interval_s

    def sum_text(self) -> str:
        """The sum of `fires_within_s`, as it is shown beside a limit."""
        parts = [f"window {self.window_s:g} s"]
        if self.for_s:
            parts.append(f"for {self.held_s:g} s")
        parts += [f"scrape {self.scrape_s:g} s", f"evaluation {self.evaluation_s:g} s"]
        return " + ".join(parts)


def alert_timing(alert: str, *, rules: str, prometheus: str, alertmanager: str) -> AlertTiming:
    """The timing of `alert` under these three configuration texts (YAML).

    Raises:
        UsageError: the rules have no such alert.
    """
    scrape = yaml.safe_load(prometheus)["global"]
    route = yaml.safe_load(alertmanager)["route"]
    for group in yaml.safe_load(rules)["groups"]:
        for rule in group["rules"]:
            if rule.get("alert") != alert:
                continue
            windows = [seconds(found) for found in _RANGE.findall(rule["expr"])]
            return AlertTiming(
                window_s=max(windows, default=0.0),
                for_s=seconds(rule.get("for", "0s")),
                scrape_s=seconds(scrape["scrape_interval"]),
                evaluation_s=seconds(group.get("interval", scrape["evaluation_interval"])),
                group_wait_s=max(_of_routes(route, "group_wait", "30s")),
                group_interval_s=max(_of_routes(route, "group_interval", "5m")),
                repeat_interval_s=min(_of_routes(route, "repeat_interval", "4h")),
            )
    raise UsageError(f"no alert {alert!r} in the rules", todo=f"one of: {', '.join(alert_names(rules))}")


def _of_routes(route: dict[str, Any], field: str, inherited: str) -> list[float]:
    """What `field` is in a route of Alertmanager and in all below it; a route has its parent's where it has none."""
    own = str(route.get(field, inherited))
    return [seconds(own), *(found for below in route.get("routes", []) for found in _of_routes(below, field, own))]


def alert_names(rules: str) -> list[str]:
    """The alerts a rule file defines, in order."""
    return [rule["alert"] for group in yaml.safe_load(rules)["groups"] for rule in group["rules"] if "alert" in rule]
