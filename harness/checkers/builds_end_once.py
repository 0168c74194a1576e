"""Every build asked for since the claim's zero ended once, and was tried as often and as late as the policy says.

params: policy (a harness.judging.retry.RetryPolicy), handling_s (what the pipeline may add to a wait). An attempt that
comes late or too often fails the claim by itself. That there is backoff at all shows in all waits together: with full
jitter each may be as short as it likes, but not every one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from harness.facts.history import Fact, History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.retry import RetryPolicy
from harness.judging.sight import gaps, lost

_SOURCE = "kubernetes"
_CHANCE = 1e-4
"""Waits so short that they would come by chance this rarely are no waits."""


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    policy = msgspec.convert(claim.params["policy"], RetryPolicy)
    builds = _stories(facts, claim.since)
    endings = {build: list(facts.of("build", build)) for build in builds}
    going_on = [build for build, ends in endings.items() if not ends]
    if going_on and not closed:
        return None
    if not builds:
        return unseen("no build was asked for") if closed else None
    if going_on and lost(facts, _SOURCE):
        return unseen(f"{_SOURCE} is lost: how {', '.join(going_on)} ended cannot be told")
    attempts = {build: _Attempts(build, story) for build, story in builds.items()}
    wrong = [f"{build} did not end, last seen {attempts[build].last}" for build in going_on]
    wrong += [f"{build} {what}" for build in builds for what in _doubled(attempts[build], endings[build], policy)]
    waits = (
        [wait for build in builds for wait in attempts[build].waits()] if not gaps(facts, _SOURCE, claim.since) else []
    )
    wrong += list(_out_of_shape(waits, policy, claim.params["handling_s"]))
    if wrong:
        return missed("; ".join(wrong[:10]))
    last = max(ends[0].at for ends in endings.values())
    times = ", ".join(f"{wait.seconds:.1f}" for wait in waits[:10])
    return reached(claim, last, f"{len(builds)} builds" + (f"; tried again after {times} s" if waits else ""))


def _stories(facts: History, since: float) -> dict[str, list[Fact]]:
    """What was seen of the jobs of each build asked for since then, by correlation id."""
    stories: dict[str, list[Fact]] = {}
    for fact in facts.of("job", since=since):
        if fact.data["event"] == "requested":
            stories[fact.subject] = []
        elif fact.subject in stories:
            stories[fact.subject].append(fact)
    return stories


class _Wait(msgspec.Struct, frozen=True):
    """From the end of the failed `attempt` of `build` to the start of the next one."""

    build: str
    attempt: int
    seconds: float


class _Attempts:
    """The jobs of a build: of each attempt those that were created, and when a job failed."""

    def __init__(self, build: str, story: Iterable[Fact]) -> None:
        self.build = build
        self.last = "requested"
        self.created: dict[int, dict[str, Fact]] = {}
        self.succeeded: set[str] = set()
        self._failed: dict[str, float] = {}
        for fact in story:
            self.last = fact.data["event"]
            match self.last:
                case "created":
                    self.created.setdefault(int(fact.data["attempt"]), {})[fact.data["job"]] = fact
                case "failed":
                    self._failed[fact.data["job"]] = fact.at
                case "succeeded":
                    self.succeeded.add(fact.data["job"])

    def waits(self) -> Iterator[_Wait]:
        """Between two attempts of which one job each was seen, the first one to its end."""
        for attempt, jobs in self.created.items():
            following = self.created.get(attempt + 1)
            ended = next((self._failed[job] for job in jobs if job in self._failed), None)
            if following and ended is not None:
                yield _Wait(self.build, attempt, next(iter(following.values())).at - ended)


def _doubled(attempts: _Attempts, endings: list[Fact], policy: RetryPolicy) -> Iterator[str]:
    if len(endings) > 1:
        yield f"ended {len(endings)} times, by {', '.join(f.data['job'] for f in endings)}"
    if len(attempts.succeeded) > 1:
        yield f"was built {len(attempts.succeeded)} times, by {', '.join(sorted(attempts.succeeded))}"
    for attempt, jobs in attempts.created.items():
        if len(jobs) > 1:
            yield f"was given {len(jobs)} jobs for attempt {attempt}: {', '.join(jobs)}"
        if attempt > policy.max_attempts:
            yield f"was tried for the {attempt}th time, {policy.max_attempts} are allowed"
        if endings and any(job.at > endings[0].at for job in jobs.values()):
            yield f"was tried again ({', '.join(jobs)}) after it had ended"


def _out_of_shape(waits: list[_Wait], policy: RetryPolicy, handling_s: float) -> Iterator[str]:
    for wait in waits:
        longest = policy.longest_wait_s(wait.attempt)
        if wait.seconds > longest + handling_s:
            said = f"{wait.build} waited {wait.seconds:.1f} s after attempt {wait.attempt}"
            yield f"{said}, at most {longest:g} s is promised"
    shares = [min(1.0, max(0.0, wait.seconds / policy.longest_wait_s(wait.attempt))) for wait in waits]
    if shares and max(shares) ** len(shares) < _CHANCE:
        longest_seen = max(wait.seconds for wait in waits)
        yield f"there is no backoff: {len(waits)} attempts came within {longest_seen:.1f} s of the failed one"
