"""Sentences on finding the cause, mending it, and the incident's end."""

from __future__ import annotations

from harness.judging import expectation
from harness.judging.claims import Finding
from harness.running.story import Story
from harness.verbs import incident


def cause_found(story: Story, cause: str, minutes: float) -> Finding:
    """Diagnose the failed build, and claim that `cause` was found within that time of the fault's effect."""
    story.remedy = incident.diagnose_build(story.scenario, story.parser, story.build)
    return story.scenario.expect(expectation.cause_found(story.build, cause, minutes * 60, since=story.effective_at))


def apply_fix(story: Story) -> None:
    """Apply the runbook's remedy for the cause that was found."""
    story.acted_at = incident.apply_remedy(story.scenario, story.parser, story.build)


def fix_in_effect(story: Story, limit_s: float) -> Finding:
    """Claim that the remedy is in effect within `limit_s` of being applied."""
    incident.await_access(story.scenario, story.remedy, story.parser, limit_s)
    return story.scenario.expect(expectation.fix_applied(story.remedy, limit_s, since=story.acted_at))


def delete_failed_jobs(story: Story) -> None:
    """The runbook's step 10."""
    story.acted_at = incident.delete_failed_jobs(story.scenario)


def no_failed_job_left(story: Story, limit_s: float) -> Finding:
    """Claim that within `limit_s` of their deletion no failed job is left."""
    text = "no failed job is left"
    return story.scenario.expect(
        expectation.sample_within("failed jobs", text, limit_s, since=story.acted_at, at_most=0)
    )


def success_rate_back(story: Story, percent: float, limit_s: float) -> Finding:
    """Claim that the success rate is at least `percent` within `limit_s` from now."""
    text = f"the success rate is at least {percent:g} %"
    now = story.scenario.run.timeline.clock.now()
    return story.scenario.expect(
        expectation.sample_within("success rate", text, limit_s, since=now, at_least=percent / 100)
    )


def queues_short(story: Story, messages: int, limit_s: float) -> Finding:
    """Claim that the queues hold fewer than `messages` within `limit_s` from now."""
    text = f"the queues hold fewer than {messages} messages"
    now = story.scenario.run.timeline.clock.now()
    return story.scenario.expect(
        expectation.sample_within("queue depth", text, limit_s, since=now, at_most=messages - 1)
    )


def incident_over(story: Story, minutes: float) -> Finding:
    """Claim that within that time of the fault's effect it was built again, resolved, and everybody told."""
    return story.scenario.expect(
        expectation.incident_over(
            story.alert, incident.CHANNELS_TOLD, story.rebuild, minutes * 60, since=story.effective_at
        )
    )
