"""What the sentences of one scenario share, whoever says them: Gherkin steps or the activities of an experiment."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.running.scenario import Scenario


@dataclass
class Story:
    """The scenario, the parser that is built, its builds by correlation id, and the instants the limits count from."""

    scenario: Scenario
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
    runbook_url: str = ""
    remedy: str = ""
    injected_at: float = 0.0
    effective_at: float = 0.0
    healed_at: float = 0.0
    failed_at: float = 0.0
    acted_at: float = 0.0
