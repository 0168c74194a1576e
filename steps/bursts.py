"""Sentences on many builds at once."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from harness import builds, burst, expectation
from harness.scenario import Scenario
from steps.story import Story


@given(parsers.parse('{number:d} parsers named "{name}" are built at once and all succeed within {limit:g} s'))
def parsers_are_built_without_a_fault(scenario: Scenario, story: Story, number: int, name: str, limit: float) -> None:
    story.free = burst.request(scenario, name, number)
    since = builds.requested_at(scenario, next(iter(story.free.values())))
    scenario.expect(expectation.builds_complete(list(story.free.values()), limit, since=since))


@when(parsers.parse('{number:d} parsers named "{name}" are built at once'))
def parsers_are_built_at_once(scenario: Scenario, story: Story, number: int, name: str) -> None:
    story.burst = burst.request(scenario, name, number)


@then(parsers.parse("all {number:d} builds succeed within {limit:g} s"))
def all_builds_succeed(scenario: Scenario, story: Story, number: int, limit: float) -> None:
    asked = list(story.burst.values())[:number]
    since = builds.requested_at(scenario, asked[0])
    scenario.expect(expectation.builds_complete(asked, limit, since=since))


@then(parsers.parse("some pushes are refused with {status:d}"))
def some_pushes_are_refused(scenario: Scenario, story: Story, status: int) -> None:
    scenario.expect(expectation.pushes_refused(status, since=story.effective_at))


@then("every refused push is tried again by the pipeline itself")
def every_refused_push_is_tried_again(scenario: Scenario, story: Story) -> None:
    asked, names = list(story.burst.values()), list(story.burst)
    scenario.expect(expectation.retried_by_the_pipeline(asked, names, since=story.effective_at))


@then(parsers.parse("the slowest build takes at most {limit:g} s longer than without the limit"))
def the_slowest_build_is_not_much_later(scenario: Scenario, story: Story, limit: float) -> None:
    asked, free = list(story.burst.values()), list(story.free.values())
    scenario.expect(expectation.delayed_at_most(asked, free, limit, since=story.effective_at))


@then("each build is in the registry exactly once")
def each_build_is_in_the_registry_once(scenario: Scenario, story: Story) -> None:
    since = burst.list_images(scenario)
    scenario.expect(expectation.images_once(list(story.burst), since=since))


@then("nobody has acted by hand")
def nobody_has_acted(scenario: Scenario, story: Story) -> None:
    burst.read_audit_log(scenario, story.effective_at)
    scenario.expect(expectation.nobody_acted(scenario.target.may_write(), since=story.effective_at))
