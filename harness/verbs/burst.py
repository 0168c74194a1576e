"""Many builds at once, and what the registry and the audit log say of them."""

from __future__ import annotations

import uuid

import msgspec

from harness.running.scenario import Scenario
from harness.verbs import builds


def request(scenario: Scenario, name: str, number: int) -> dict[str, str]:
    """Store `number` parsers and ask for all their builds; answers with the correlation ids by parser.

    The parsers' names are new each time, so that what the registry has of them is this scenario's.
    """
    mark = uuid.uuid4().hex[:6]
    parsers = [f"{name}-{mark}-{n:02d}" for n in range(1, number + 1)]
    for parser in parsers:
        builds.store(scenario, parser)
    return {parser: builds.request(scenario, parser) for parser in parsers}


def list_images(scenario: Scenario) -> float:
    """Record what the registry holds; answers with when it was asked."""
    asked = scenario.run.timeline.clock.now()
    scenario.record("images", scenario.target.repository, tags=scenario.target.images())
    return asked


def read_audit_log(scenario: Scenario, since: float) -> None:
    """Record all writes to the API server since then."""
    writes = [msgspec.to_builtins(write) for write in scenario.target.api_writes(since)]
    scenario.record("audit", "api-server", writes=writes)
