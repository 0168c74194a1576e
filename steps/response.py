"""Sentences on finding the cause, mending it, and the incident's end."""

from __future__ import annotations

from pytest_bdd import parsers, then, when

from harness.running.story import Story
from harness.sentences import response


@then(parsers.parse("the cause is identified as {cause} within {minutes:g} min"))
def the_cause_is_identified(story: Story, cause: str, minutes: float) -> None:
    response.cause_found(story, cause, minutes)


@when("the responder applies the runbook's fix")
def the_responder_applies_the_fix(story: Story) -> None:
    response.apply_fix(story)


@then(parsers.parse("the fix is in effect within {limit:g} s"))
def the_fix_is_in_effect(story: Story, limit: float) -> None:
    response.fix_in_effect(story, limit)


@when("the responder deletes the failed jobs")
def the_responder_deletes_the_failed_jobs(story: Story) -> None:
    response.delete_failed_jobs(story)


@then(parsers.parse("no failed job is left within {limit:g} s"))
def no_failed_job_is_left(story: Story, limit: float) -> None:
    response.no_failed_job_left(story, limit)


@then(parsers.parse("the success rate is at least {percent:g} % within {limit:g} s"))
def the_success_rate_is_back(story: Story, percent: float, limit: float) -> None:
    response.success_rate_back(story, percent, limit)


@then(parsers.parse("the queues hold fewer than {messages:d} messages within {limit:g} s"))
def the_queues_are_short(story: Story, messages: int, limit: float) -> None:
    response.queues_short(story, messages, limit)


@then(parsers.parse("the incident is over within {minutes:g} min"))
def the_incident_is_over(story: Story, minutes: float) -> None:
    response.incident_over(story, minutes)
