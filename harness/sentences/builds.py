"""Sentences on parsers and builds."""

from __future__ import annotations

from harness.judging import expectation
from harness.judging.claims import Finding
from harness.running.story import Story
from harness.verbs import builds, gate, incident


def store_parser(story: Story, parser: str) -> None:
    """Store a parser that is valid; from now on it is the story's."""
    builds.store(story.scenario, parser)
    story.parser = parser


def build_parser(story: Story) -> None:
    """Ask for a build of the story's parser."""
    story.build = builds.request(story.scenario, story.parser)


def build_others(story: Story, number: int) -> None:
    """Store `number` other parsers and ask for their builds."""
    names = [f"{story.parser}-other-{n}" for n in range(1, number + 1)]
    story.others = [builds.store_and_request(story.scenario, name) for name in names]


def store_mended_parser(story: Story) -> None:
    """What the developer does once told."""
    incident.store_mended_parser(story.scenario, story.parser)


def job_fails(story: Story, limit_s: float) -> Finding:
    """Claim that the build's job fails within `limit_s` of its start. Raises Stuck when it never ended."""
    since = builds.requested_at(story.scenario, story.build)
    found = story.scenario.expect(
        expectation.job_ends(story.build, "failed", limit_s, budget_name="job-fails", since=since)
    )
    story.failed_at = builds.ended_at(story.scenario, story.build)
    return found


def log_says(story: Story, container: str, pattern: str) -> Finding:
    """Claim that the failed build's log has a line that matches `pattern`."""
    return story.scenario.expect(expectation.log_says(story.build, container, pattern, since=story.failed_at))


def failure_counted(story: Story, category: str, limit_s: float) -> Finding:
    """Claim that the pipeline's metrics count the failure as `category` within `limit_s` of the job's end."""
    since = builds.requested_at(story.scenario, story.build)
    return story.scenario.expect(expectation.failure_counted(category, story.failed_at - since + limit_s, since=since))


def failed_for_good(story: Story, category: str, attempts: int) -> Finding:
    """Claim that the builder has given the build up, as `category` and after so many attempts."""
    return story.scenario.expect(
        expectation.build_settles(story.build, "failed", category, attempts, since=story.failed_at)
    )


def developer_told(story: Story, texts: list[str]) -> Finding:
    """Claim that the developer hears of the failed build, with all of `texts`."""
    return story.scenario.expect(expectation.developer_told(story.build, texts, since=story.failed_at))


def others_succeed(story: Story, number: int, limit_s: float) -> list[Finding]:
    """Claim that each of the other builds succeeds within `limit_s` of its job's start."""
    since = builds.requested_at(story.scenario, story.others[0])
    return [
        story.scenario.expect(
            expectation.job_ends(other, "succeeded", limit_s, budget_name="build-succeeds", since=since)
        )
        for other in story.others[:number]
    ]


def each_failed_for_good(story: Story, category: str, attempts: int, limit_s: float) -> list[Finding]:
    """Claim that the builder has given each build of an invalid parser up within `limit_s` of being asked."""
    return [
        story.scenario.expect(
            expectation.build_settles(
                build,
                "failed",
                category,
                attempts,
                since=builds.requested_at(story.scenario, build),
                limit_s=limit_s,
            )
        )
        for build in story.invalid.values()
    ]


def each_developer_told(story: Story) -> list[Finding]:
    """Claim that the developer of each invalid parser hears of it by its name."""
    return [
        story.scenario.expect(
            expectation.developer_told(build, [parser], since=builds.requested_at(story.scenario, build))
        )
        for parser, build in story.invalid.items()
    ]


def still_builds(story: Story, parser: str, limit_s: float) -> Finding:
    """Claim that another parser, stored now, builds within `limit_s`."""
    build = builds.store_and_request(story.scenario, parser)
    since = builds.requested_at(story.scenario, build)
    return story.scenario.expect(
        expectation.job_ends(build, "succeeded", limit_s, budget_name="build-succeeds", since=since)
    )


def builds_again(story: Story, limit_s: float) -> Finding:
    """Claim that the story's parser, asked for once more, builds within `limit_s`."""
    story.rebuild = builds.request(story.scenario, story.parser)
    since = builds.requested_at(story.scenario, story.rebuild)
    return story.scenario.expect(
        expectation.job_ends(story.rebuild, "succeeded", limit_s, budget_name="build-succeeds", since=since)
    )


def parser_readable(story: Story, limit_s: float) -> Finding:
    """Claim that the builder's own identity can read the story's parser within `limit_s` from now."""
    return gate.parser_readable(story.scenario, story.parser, limit_s)
