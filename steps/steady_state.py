"""Sentences on the pipeline being well."""

from __future__ import annotations

from pytest_bdd import given, parsers, then

from harness.running.story import Story
from harness.sentences import steady_state


@given("the pipeline is in steady state")
def the_pipeline_is_in_steady_state(story: Story) -> None:
    steady_state.pipeline_is_steady(story)


@then(parsers.parse("the pipeline is well again within {limit:g} s"))
def the_pipeline_is_well_again(story: Story, limit: float) -> None:
    steady_state.pipeline_is_well_again(story, limit)
