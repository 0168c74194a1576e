"""Sentences on the pipeline being well."""

from __future__ import annotations

from harness.judging.claims import Finding
from harness.running.story import Story
from harness.verbs import gate


def pipeline_is_steady(story: Story) -> None:
    """Let the scenario go on only from a pipeline that is well. Raises GateClosed; nothing was broken then."""
    gate.steady_state_gate(story.scenario)


def pipeline_is_steady_again(story: Story) -> Finding:
    """Claim that the pipeline is well again: every probe, and a canary build."""
    return gate.steady_again(story.scenario)


def pipeline_is_well_again(story: Story, limit_s: float) -> Finding:
    """Claim that every probe is accepted within `limit_s` of the fault's end; a fault that was not healed, or that is
    over once it acts, counts from its effect."""
    return gate.well_again(story.scenario, limit_s, since=max(story.effective_at, story.healed_at))
