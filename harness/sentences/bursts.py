"""Sentences on many builds at once."""

from __future__ import annotations

from harness.judging import expectation
from harness.judging.claims import Finding
from harness.running.story import Story
from harness.verbs import builds, burst


def build_without_fault(story: Story, number: int, name: str, limit_s: float) -> Finding:
    """Build `number` parsers at once, to compare with, and claim that all succeed within `limit_s`."""
    story.free = burst.request(story.scenario, name, number)
    since = builds.requested_at(story.scenario, next(iter(story.free.values())))
    return story.scenario.expect(expectation.builds_complete(list(story.free.values()), limit_s, since=since))


def build_at_once(story: Story, number: int, name: str) -> None:
    """Ask for the builds of `number` new parsers at once."""
    story.burst = burst.request(story.scenario, name, number)


def all_succeed(story: Story, number: int, limit_s: float) -> Finding:
    """Claim that all those builds succeed within `limit_s`, none lost and none doubled."""
    asked = list(story.burst.values())[:number]
    since = builds.requested_at(story.scenario, asked[0])
    return story.scenario.expect(expectation.builds_complete(asked, limit_s, since=since))


def jobs_fail_at_first(story: Story, limit_s: float) -> list[Finding]:
    """Claim that the job of each of those builds fails within `limit_s` of its start: the builds have met the fault."""
    return _jobs_end(story, "failed", limit_s, "job-fails")


def jobs_succeed(story: Story, limit_s: float) -> list[Finding]:
    """Claim that the job of each of those builds succeeds within `limit_s` of its start, whoever may be told of it."""
    return _jobs_end(story, "succeeded", limit_s, "build-succeeds")


def pushes_refused(story: Story, status: int) -> Finding:
    """Assume that some pushes were refused with `status`."""
    return story.scenario.expect(expectation.pushes_refused(status, since=story.effective_at))


def retried_by_the_pipeline(story: Story) -> Finding:
    """Claim that every refused push was tried again, by nobody but the pipeline."""
    asked, names = list(story.burst.values()), list(story.burst)
    return story.scenario.expect(expectation.retried_by_the_pipeline(asked, names, since=story.effective_at))


def delayed_at_most(story: Story, limit_s: float) -> Finding:
    """Claim that the slowest build took at most `limit_s` longer than without the fault."""
    asked, free = list(story.burst.values()), list(story.free.values())
    return story.scenario.expect(expectation.delayed_at_most(asked, free, limit_s, since=story.effective_at))


def images_once(story: Story) -> Finding:
    """Claim that each build is in the registry exactly once."""
    since = burst.list_images(story.scenario)
    return story.scenario.expect(expectation.images_once(list(story.burst), since=since))


def nobody_acted(story: Story) -> Finding:
    """Claim that nobody has changed the cluster by hand since the fault."""
    burst.read_audit_log(story.scenario, story.effective_at)
    allowed = story.scenario.target.may_write()
    return story.scenario.expect(expectation.nobody_acted(allowed, since=story.effective_at))


def _jobs_end(story: Story, outcome: str, limit_s: float, budget: str) -> list[Finding]:
    return [
        story.scenario.expect(
            expectation.job_ends(
                build, outcome, limit_s, budget_name=budget, since=builds.requested_at(story.scenario, build)
            )
        )
        for build in story.burst.values()
    ]
