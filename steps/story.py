"""What the steps of one scenario share."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from harness.injection import Injection


@dataclass
class Story:
    """The parser that is built, its builds by correlation id, and the instants the limits count from."""

    parser: str = ""
    build: str = ""
    rebuild: str = ""
    others: list[str] = field(default_factory=list)
    burst: dict[str, str] = field(default_factory=dict)
    """Builds that were asked for at once: correlation id by parser."""
    free: dict[str, str] = field(default_factory=dict)
    """As many builds without the fault, to compare with."""
    invalid: dict[str, str] = field(default_factory=dict)
    """Builds of invalid parsers: correlation id by parser."""
    alert: str = ""
    severity: str = ""
    remedy: str = ""
    injection: Injection | None = None
    effective_at: float = 0.0
    failed_at: float = 0.0
    acted_at: float = 0.0


@pytest.fixture
def story() -> Story:
    """A fresh story for each scenario."""
    return Story()
