"""A pytest plugin that sets ECR's limit so high that no push meets it."""

from __future__ import annotations

from chaos.faults import ecr_throttled


def pytest_configure() -> None:
    """In place before the fault is injected."""
    ecr_throttled._PUSHES_PER_SECOND = 10_000
