"""Prometheus' HTTP API, read only."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from harness.documents import document
from harness.errors import TargetError
from harness.facts.clocks import Reading
from harness.rules.durations import duration

_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class ActiveAlert:
    """One label set of an alert that is pending or firing. `active_at`: seconds since the epoch."""

    labels: tuple[tuple[str, str], ...]
    annotations: tuple[tuple[str, str], ...]
    state: str
    active_at: float
    value: float


@dataclass(frozen=True)
class AlertRule:
    """An alert rule as Prometheus runs it. Times in seconds; `evaluated_at` since the epoch, 0 if never."""

    name: str
    query: str
    for_s: float
    labels: tuple[tuple[str, str], ...]
    health: str
    evaluated_at: float
    active: tuple[ActiveAlert, ...]


@dataclass(frozen=True)
class Series:
    """Raw samples of one series, oldest first: (seconds since the epoch, value)."""

    labels: tuple[tuple[str, str], ...]
    samples: tuple[tuple[float, float], ...]


class Prometheus:
    """A client with one kept-alive connection; use one per thread."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()

    def alert_rules(self) -> list[AlertRule]:
        """All alert rules with their active alerts. Raises TargetError."""
        data = self._get("/api/v1/rules", {"type": "alert"})
        return [_rule(rule) for group in data["groups"] for rule in group["rules"]]

    def rule_file(self) -> str:
        """All rules as they are evaluated, as the text of a rule file. Raises TargetError."""
        data = self._get("/api/v1/rules", {})
        groups = [
            {
                # The same name may be in several files.
                "name": f"{group['file']} {group['name']}",
                "interval": _duration(group["interval"]),
                "rules": [_as_written(rule) for rule in group["rules"]],
            }
            for group in data["groups"]
        ]
        # JSON is YAML, and needs no care for what a text may look like.
        return json.dumps({"groups": groups}, indent=1)

    def value(self, expression: str) -> float | None:
        """The one value of an instant query; None when there is none or it is not a number. Raises TargetError."""
        values = [value for value in self.values(expression).values() if not math.isnan(value)]
        return values[0] if values else None

    def values(self, expression: str) -> dict[tuple[tuple[str, str], ...], float]:
        """An instant query, by label set. Raises TargetError."""
        data = self._get("/api/v1/query", {"query": expression})
        if data["resultType"] == "scalar":
            return {(): float(data["result"][1])}
        return {tuple(sorted(series["metric"].items())): float(series["value"][1]) for series in data["result"]}

    def raw(self, selector: str, seconds: float) -> list[Series]:
        """The samples of the last `seconds` as they were stored, with their own times. Raises TargetError."""
        data = self._get("/api/v1/query", {"query": f"{selector}[{math.ceil(seconds)}s]"})
        return [
            Series(
                labels=tuple(sorted(series["metric"].items())),
                samples=tuple((float(at), float(value)) for at, value in series["values"]),
            )
            for series in data["result"]
        ]

    def time(self) -> Reading:
        """Prometheus' clock, to the millisecond. Raises TargetError."""
        told = self.values("time()")[()]
        return Reading(told, told + 0.001)

    def targets_down(self) -> list[str]:
        """Scrape targets that do not answer, each with its error, and jobs that have no target at all.

        Raises TargetError.
        """
        active = self._get("/api/v1/targets", {"state": "active"})["activeTargets"]
        loaded = document(self._get("/api/v1/status/config", {})["yaml"])
        found = {target["scrapePool"] for target in active}
        # What service discovery has lost is in no list of targets, down or up.
        lost = [job["job_name"] for job in loaded.get("scrape_configs", []) if job["job_name"] not in found]
        return [f"{job}: no target was found" for job in lost] + [
            f"{target['labels'].get('job')} {target['scrapeUrl']}: {target['lastError'] or target['health']}"
            for target in active
            if target["health"] != "up"
        ]

    def _get(self, path: str, parameters: dict[str, str]) -> Any:
        try:
            response = self._session.get(self.url + path, params=parameters, timeout=_TIMEOUT_S)
            body = response.json()
        except (requests.RequestException, ValueError) as error:
            raise TargetError(f"Prometheus at {self.url} did not answer {path}: {error}", todo="make status") from error
        if body.get("status") != "success":
            raise TargetError(f"Prometheus refused {path} {parameters}: {body.get('error', body)}")
        return body["data"]


def _rule(rule: dict[str, Any]) -> AlertRule:
    return AlertRule(
        name=rule["name"],
        query=rule["query"],
        for_s=float(rule["duration"]),
        labels=tuple(sorted(rule["labels"].items())),
        health=rule["health"],
        evaluated_at=max(0.0, _epoch(rule["lastEvaluation"])),
        active=tuple(
            ActiveAlert(
                labels=tuple(sorted(alert["labels"].items())),
                annotations=tuple(sorted(alert["annotations"].items())),
                state=alert["state"],
                active_at=_epoch(alert["activeAt"]),
                value=float(alert["value"]),
            )
            for alert in rule["alerts"]
        ),
    )


def _as_written(rule: dict[str, Any]) -> dict[str, Any]:
    written = {"expr": rule["query"], "labels": rule.get("labels", {})}
    if rule["type"] == "recording":
        return {"record": rule["name"], **written}
    held = {"for": rule.get("duration", 0), "keep_firing_for": rule.get("keepFiringFor", 0)}
    lasting = {field: _duration(seconds) for field, seconds in held.items() if seconds}
    return {"alert": rule["name"], **written, **lasting, "annotations": rule.get("annotations", {})}


def _duration(seconds: float) -> str:
    return duration(round(seconds * 1000))


def _epoch(stamp: str) -> float:
    """RFC 3339 with up to nanoseconds, as Go writes it."""
    return datetime.fromisoformat(stamp).timestamp()
