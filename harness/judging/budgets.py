"""The times the pipeline has promised, in one table, each with the line of SRE-001 it comes from.

A feature may state a tighter limit than the table, never a looser one.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import UsageError


@dataclass(frozen=True)
class Budget:
    """A named allowance of `seconds`, and its `source`."""

    name: str
    seconds: float
    source: str


BUDGETS = {
    budget.name: budget
    for budget in (
        Budget("job-fails", 30.0, "SRE-001, Test Scenarios 1: 'Job fails within 30s'"),
        Budget("cause-found", 300.0, "SRE-001, Test Scenarios 1: 'SRE identifies IAM issue within 5min'"),
        Budget("fix-applied", 30.0, "SRE-001, Flow, step 7: 'Wait for Flux to apply (30s)'"),
        Budget("build-succeeds", 65.0, "SRE-001, Flow, step 9: 'Completed 65s'"),
        Budget("retry-delay", 60.0, "SRE-001, Test Scenarios 2: 'Builds complete with 30-60s delay'"),
        Budget("incident-over", 1800.0, "SRE-001, Acceptance Criteria: 'MTTR <30min for common failures'"),
    )
}


def budget(name: str, limit_s: float) -> Budget:
    """The budget `name`, checked against the `limit_s` a feature states.

    Raises:
        UsageError: there is no such budget, or the feature promises less than the specification.
    """
    known = BUDGETS.get(name)
    if known is None:
        raise UsageError(f"there is no time budget {name!r}", todo=f"one of: {', '.join(sorted(BUDGETS))}")
    if limit_s > known.seconds:
        raise UsageError(
            f"a feature allows {limit_s:g} s for {name}, more than {known.seconds:g} s ({known.source})",
            todo="tighten the step's limit",
        )
    return known
