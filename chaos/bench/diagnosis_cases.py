"""What is broken before a build is asked for, to be diagnosed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chaos.invalid_parsers import FORMS

Faults = Mapping[str, Mapping[str, Any]]
"""Parameters by fault; the parser is added to all."""


@dataclass(frozen=True)
class Case:
    """Faults in the order in which they are injected.

    Attributes:
        builds: how many builds are asked for; the first that fails is diagnosed.
        acts_on_builds: whether the fault is seen to act only once the builds have met it.
    """

    faults: Faults
    builds: int = 1
    acts_on_builds: bool = False


def _together(*faults: str) -> Case:
    return Case({fault: {} for fault in faults})


CASES: Mapping[str, Case] = {
    "no fault": Case({}),
    # Not the 429 with a body: no build was seen to fail of it at this limit.
    "ecr-throttled": Case(
        {"ecr-throttled": {"form": "bare 429", "builds": 2, "rate": 1}}, builds=2, acts_on_builds=True
    ),
    "iam-policy-removed": _together("iam-policy-removed"),
    **{f"parser-invalid, {form}": Case({"parser-invalid": {"form": form}}) for form in FORMS},
    "registry-down": _together("registry-down"),
    "role-annotation-wrong": _together("role-annotation-wrong"),
    "s3-denied": _together("s3-denied"),
    "s3-object-missing": _together("s3-object-missing"),
    "sts-down": _together("sts-down"),
    "role & policy": _together("role-annotation-wrong", "iam-policy-removed"),
    "policy & object": _together("iam-policy-removed", "s3-object-missing"),
    "role & object": _together("role-annotation-wrong", "s3-object-missing"),
    "role & parser": _together("role-annotation-wrong", "parser-invalid"),
    "policy & parser": _together("iam-policy-removed", "parser-invalid"),
    "policy & s3-denied": _together("iam-policy-removed", "s3-denied"),
    "object & s3-denied": _together("s3-object-missing", "s3-denied"),
    "policy & sts-down": _together("iam-policy-removed", "sts-down"),
    "object & registry-down": _together("s3-object-missing", "registry-down"),
    "parser & registry-down": _together("parser-invalid", "registry-down"),
}
"""By the name of the row: every fault that makes a build fail, none, and pairs of them."""

BUILDS_SURVIVE = frozenset({"node-pressure", "noop", "pod-kill", "queue-down", "registry-slow"})
"""Faults under which builds end well, late maybe: there is nothing to diagnose."""
