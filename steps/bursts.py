"""Sentences on many builds at once."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from harness.running.story import Story
from harness.sentences import bursts


@given(parsers.parse('{number:d} parsers named "{name}" are built at once and all succeed within {limit:g} s'))
def parsers_are_built_without_a_fault(story: Story, number: int, name: str, limit: float) -> None:
    bursts.build_without_fault(story, number, name, limit)


@when(parsers.parse('{number:d} parsers named "{name}" are built at once'))
def parsers_are_built_at_once(story: Story, number: int, name: str) -> None:
    bursts.build_at_once(story, number, name)


@then(parsers.parse("all {number:d} builds succeed within {limit:g} s"))
def all_builds_succeed(story: Story, number: int, limit: float) -> None:
    bursts.all_succeed(story, number, limit)


@then(parsers.parse("each of their jobs fails at first, within {limit:g} s of its start"))
def each_job_fails_at_first(story: Story, limit: float) -> None:
    bursts.jobs_fail_at_first(story, limit)


@then(parsers.parse("each of their jobs succeeds within {limit:g} s of its start"))
def each_job_succeeds(story: Story, limit: float) -> None:
    bursts.jobs_succeed(story, limit)


@then(parsers.parse("some pushes are refused with {status:d}"))
def some_pushes_are_refused(story: Story, status: int) -> None:
    bursts.pushes_refused(story, status)


@then("every refused push is tried again by the pipeline itself")
def every_refused_push_is_tried_again(story: Story) -> None:
    bursts.retried_by_the_pipeline(story)


@then(parsers.parse("the slowest build takes at most {limit:g} s longer than without the limit"))
def the_slowest_build_is_not_much_later(story: Story, limit: float) -> None:
    bursts.delayed_at_most(story, limit)


@then("each build is in the registry exactly once")
def each_build_is_in_the_registry_once(story: Story) -> None:
    bursts.images_once(story)


@then("nobody has acted by hand")
def nobody_has_acted(story: Story) -> None:
    bursts.nobody_acted(story)
