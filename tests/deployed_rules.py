"""Rules as a running Prometheus tells them, and as a rules file has them, in one form that can be compared."""

from __future__ import annotations

from typing import Any

import requests
import yaml

from harness.rules.durations import duration


def in_force(prometheus: str) -> str:
    """All rules that the Prometheus at this address evaluates, as YAML."""
    answer = requests.get(f"{prometheus}/api/v1/rules", timeout=5).json()
    groups = [
        {
            "name": group["name"],
            "interval": _duration(group["interval"]),
            "rules": [_told(rule) for rule in group["rules"]],
        }
        for group in answer["data"]["groups"]
    ]
    return yaml.safe_dump({"groups": sorted(groups, key=lambda group: str(group["name"]))})


def as_written(rules: str, prometheus: str) -> str:
    """A rules file under a Prometheus configuration, with what both leave to be understood, as YAML."""
    interval = yaml.safe_load(prometheus)["global"]["evaluation_interval"]
    groups = [
        {
            "name": group["name"],
            "interval": group.get("interval", interval),
            "rules": [_full(r) for r in group["rules"]],
        }
        for group in yaml.safe_load(rules)["groups"]
    ]
    return yaml.safe_dump({"groups": sorted(groups, key=lambda group: str(group["name"]))})


def _told(rule: dict[str, Any]) -> dict[str, Any]:
    if rule["type"] == "recording":
        return {"record": rule["name"], "expr": rule["query"], "labels": rule.get("labels", {})}
    return {
        "alert": rule["name"],
        "expr": rule["query"],
        "for": _duration(rule["duration"]),
        "keep_firing_for": _duration(rule["keepFiringFor"]),
        "labels": rule["labels"],
        "annotations": rule["annotations"],
    }


def _full(rule: dict[str, Any]) -> dict[str, Any]:
    if "record" in rule:
        return {"labels": {}, **rule}
    return {"for": "0s", "keep_firing_for": "0s", "labels": {}, "annotations": {}, **rule}


def _duration(seconds: float) -> str:
    return duration(round(seconds * 1000))
