"""Sentences on parsers and builds."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from harness.running.story import Story
from harness.sentences import builds
from harness.verbs import alerting


@given(parsers.parse('parser "{parser}" is stored in S3'))
def a_parser_is_stored(story: Story, parser: str) -> None:
    builds.store_parser(story, parser)


@when("the parser is built")
def the_parser_is_built(story: Story) -> None:
    builds.build_parser(story)


@when(parsers.parse("{number:d} other parsers are built meanwhile"))
def other_parsers_are_built(story: Story, number: int) -> None:
    builds.build_others(story, number)


@when("the developer stores a mended parser")
def the_developer_stores_a_mended_parser(story: Story) -> None:
    builds.store_mended_parser(story)


@then(parsers.parse("the {number:d} other builds succeed within {limit:g} s"))
def the_other_builds_succeed(story: Story, number: int, limit: float) -> None:
    builds.others_succeed(story, number, limit)


@then(parsers.parse("the failure is counted as {category} within {limit:g} s"))
def the_failure_is_counted(story: Story, category: str, limit: float) -> None:
    builds.failure_counted(story, category, limit)


@then(parsers.re(r"the build has failed for good as (?P<category>\w+) after (?P<attempts>\d+) attempts?"))
def the_build_has_failed_for_good(story: Story, category: str, attempts: str) -> None:
    builds.failed_for_good(story, category, int(attempts))


@then(
    parsers.re(
        r"each of those builds has failed for good as (?P<category>\w+)"
        r" after (?P<attempts>\d+) attempts? within (?P<limit>\d+) s"
    )
)
def each_build_has_failed_for_good(story: Story, category: str, attempts: str, limit: str) -> None:
    builds.each_failed_for_good(story, category, int(attempts), float(limit))


@then("the developer of each is told")
def the_developer_of_each_is_told(story: Story) -> None:
    builds.each_developer_told(story)


@then(parsers.parse('parser "{parser}" still builds within {limit:g} s'))
def a_parser_still_builds(story: Story, parser: str, limit: float) -> None:
    builds.still_builds(story, parser, limit)


@then(parsers.re(r"the developer is told of (?P<texts>.+)"))
def the_developer_is_told(story: Story, texts: str) -> None:
    builds.developer_told(story, alerting.quoted(texts))


@then(parsers.parse("the job fails within {limit:g} s of its start"))
def the_job_fails(story: Story, limit: float) -> None:
    builds.job_fails(story, limit)


@then(parsers.parse('the {container} log says "{pattern}"'))
def the_log_says(story: Story, container: str, pattern: str) -> None:
    builds.log_says(story, container, pattern)


@then(parsers.parse("the same parser builds within {limit:g} s"))
def the_same_parser_builds(story: Story, limit: float) -> None:
    builds.builds_again(story, limit)
