"""Sentences on parsers and builds."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from harness import alerting, builds, expectation, incident
from harness.scenario import Scenario
from steps.story import Story


@given(parsers.parse('parser "{parser}" is stored in S3'))
def a_parser_is_stored(scenario: Scenario, story: Story, parser: str) -> None:
    builds.store(scenario, parser)
    story.parser = parser


@when("the parser is built")
def the_parser_is_built(scenario: Scenario, story: Story) -> None:
    story.build = builds.request(scenario, story.parser)


@when(parsers.parse("{number:d} other parsers are built meanwhile"))
def other_parsers_are_built(scenario: Scenario, story: Story, number: int) -> None:
    story.others = [builds.store_and_request(scenario, f"{story.parser}-other-{n}") for n in range(1, number + 1)]


@when("the developer stores a mended parser")
def the_developer_stores_a_mended_parser(scenario: Scenario, story: Story) -> None:
    incident.store_mended_parser(scenario, story.parser)


@then(parsers.parse("the {number:d} other builds succeed within {limit:g} s"))
def the_other_builds_succeed(scenario: Scenario, story: Story, number: int, limit: float) -> None:
    since = builds.requested_at(scenario, story.others[0])
    for other in story.others[:number]:
        scenario.expect(expectation.job_ends(other, "succeeded", limit, budget_name="build-succeeds", since=since))


@then(parsers.re(r"the build has failed for good as (?P<category>\w+) after (?P<attempts>\d+) attempts?"))
def the_build_has_failed_for_good(scenario: Scenario, story: Story, category: str, attempts: str) -> None:
    scenario.expect(expectation.build_settles(story.build, "failed", category, int(attempts), since=story.failed_at))


@then(
    parsers.re(
        r"each of those builds has failed for good as (?P<category>\w+)"
        r" after (?P<attempts>\d+) attempts? within (?P<limit>\d+) s"
    )
)
def each_build_has_failed_for_good(scenario: Scenario, story: Story, category: str, attempts: str, limit: str) -> None:
    for build in story.invalid.values():
        since = builds.requested_at(scenario, build)
        scenario.expect(
            expectation.build_settles(build, "failed", category, int(attempts), since=since, limit_s=float(limit))
        )


@then("the developer of each is told")
def the_developer_of_each_is_told(scenario: Scenario, story: Story) -> None:
    for parser, build in story.invalid.items():
        since = builds.requested_at(scenario, build)
        scenario.expect(expectation.developer_told(build, [parser], since=since))


@then(parsers.parse('parser "{parser}" still builds within {limit:g} s'))
def a_parser_still_builds(scenario: Scenario, parser: str, limit: float) -> None:
    build = builds.store_and_request(scenario, parser)
    since = builds.requested_at(scenario, build)
    scenario.expect(expectation.job_ends(build, "succeeded", limit, budget_name="build-succeeds", since=since))


@then(parsers.re(r"the developer is told of (?P<texts>.+)"))
def the_developer_is_told(scenario: Scenario, story: Story, texts: str) -> None:
    scenario.expect(expectation.developer_told(story.build, alerting.quoted(texts), since=story.failed_at))


@then(parsers.parse("the job fails within {limit:g} s of its start"))
def the_job_fails(scenario: Scenario, story: Story, limit: float) -> None:
    expected = expectation.job_ends(
        story.build, "failed", limit, budget_name="job-fails", since=builds.requested_at(scenario, story.build)
    )
    scenario.expect(expected)
    story.failed_at = builds.ended_at(scenario, story.build)


@then(parsers.parse('the {container} log says "{pattern}"'))
def the_log_says(scenario: Scenario, story: Story, container: str, pattern: str) -> None:
    scenario.expect(expectation.log_says(story.build, container, pattern, since=story.failed_at))


@then(parsers.parse("the same parser builds within {limit:g} s"))
def the_same_parser_builds(scenario: Scenario, story: Story, limit: float) -> None:
    story.rebuild = builds.request(scenario, story.parser)
    expected = expectation.job_ends(
        story.rebuild,
        "succeeded",
        limit,
        budget_name="build-succeeds",
        since=builds.requested_at(scenario, story.rebuild),
    )
    scenario.expect(expected)
