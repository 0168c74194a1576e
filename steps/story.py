"""The story that the steps of one scenario share."""

from __future__ import annotations

import pytest

from harness.running.scenario import Scenario
from harness.running.story import Story


@pytest.fixture
def story(scenario: Scenario) -> Story:
    """A fresh story for each scenario."""
    return Story(scenario)
