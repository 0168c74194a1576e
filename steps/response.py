"""Sentences on finding the cause, mending it, and the incident's end."""

from __future__ import annotations

from pytest_bdd import parsers, then, when

from harness import expectation, incident
from harness.scenario import Scenario
from steps.story import Story


@then(parsers.parse("the cause is identified as {cause} within {minutes:g} min"))
def the_cause_is_identified(scenario: Scenario, story: Story, cause: str, minutes: float) -> None:
    story.remedy = incident.diagnose_build(scenario, story.parser, story.build)
    scenario.expect(expectation.cause_found(story.build, cause, minutes * 60, since=story.effective_at))


@when("the responder applies the runbook's fix")
def the_responder_applies_the_fix(scenario: Scenario, story: Story) -> None:
    story.acted_at = incident.apply_remedy(scenario, story.parser, story.build)


@then(parsers.parse("the fix is in effect within {limit:g} s"))
def the_fix_is_in_effect(scenario: Scenario, story: Story, limit: float) -> None:
    incident.await_access(scenario, story.remedy, story.parser, limit)
    scenario.expect(expectation.fix_applied(story.remedy, limit, since=story.acted_at))


@when("the responder deletes the failed jobs")
def the_responder_deletes_the_failed_jobs(scenario: Scenario, story: Story) -> None:
    story.acted_at = incident.delete_failed_jobs(scenario)


@then(parsers.parse("no failed job is left within {limit:g} s"))
def no_failed_job_is_left(scenario: Scenario, story: Story, limit: float) -> None:
    scenario.expect(
        expectation.sample_within("failed jobs", "no failed job is left", limit, since=story.acted_at, at_most=0)
    )


@then(parsers.parse("the success rate is at least {percent:g} % within {limit:g} s"))
def the_success_rate_is_back(scenario: Scenario, percent: float, limit: float) -> None:
    text = f"the success rate is at least {percent:g} %"
    now = scenario.run.timeline.clock.now()
    scenario.expect(expectation.sample_within("success rate", text, limit, since=now, at_least=percent / 100))


@then(parsers.parse("the queues hold fewer than {messages:d} messages within {limit:g} s"))
def the_queues_are_short(scenario: Scenario, messages: int, limit: float) -> None:
    text = f"the queues hold fewer than {messages} messages"
    now = scenario.run.timeline.clock.now()
    scenario.expect(expectation.sample_within("queue depth", text, limit, since=now, at_most=messages - 1))


@then(parsers.parse("the incident is over within {minutes:g} min"))
def the_incident_is_over(scenario: Scenario, story: Story, minutes: float) -> None:
    channels = incident.CHANNELS_TOLD
    scenario.expect(
        expectation.incident_over(story.alert, channels, story.rebuild, minutes * 60, since=story.effective_at)
    )
