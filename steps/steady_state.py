"""Sentences on the pipeline being well."""

from __future__ import annotations

from pytest_bdd import given

from harness.gate import steady_state_gate
from harness.scenario import Scenario


@given("the pipeline is in steady state")
def the_pipeline_is_in_steady_state(scenario: Scenario) -> None:
    steady_state_gate(scenario)
