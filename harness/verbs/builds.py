"""Asking for builds, and the instants of their lives."""

from __future__ import annotations

import uuid

from harness.parser_archive import sample_parser
from harness.running.scenario import Scenario, Stuck


def request(scenario: Scenario, parser: str) -> str:
    """Ask for a build as a user would; answers with its correlation id."""
    correlation = f"{parser}-{uuid.uuid4().hex[:8]}"
    scenario.record("job", correlation, event="requested", parser=parser)
    scenario.target.trigger_build(parser, correlation)
    return correlation


def store(scenario: Scenario, parser: str, archive: bytes | None = None) -> None:
    """Store `archive`, by default a parser that is valid. When the scenario ends it has to be as it was stored last."""
    stored = scenario.target.parsers.put(parser, sample_parser() if archive is None else archive)
    scenario.record("stored", parser, name=stored.name, digest=stored.digest)


def store_and_request(scenario: Scenario, parser: str) -> str:
    """Store a parser that is valid, and ask for its build; answers with the build's correlation id."""
    store(scenario, parser)
    return request(scenario, parser)


def requested_at(scenario: Scenario, correlation: str) -> float:
    """When the build was asked for."""
    return next(f.at for f in scenario.run.timeline.facts().of("job", correlation))


def ended_at(scenario: Scenario, correlation: str) -> float:
    """When the build's last job ended: by the API server's own stamp, a whole second, where there is one.

    What follows from a job's end may be told sooner than that end is: a busy machine's watch lags behind by as much as
    a second, in which a failure is counted, scraped and an alert fired. The stamp is never later than the end was.

    Raises:
        Stuck: it did not; without that instant nothing after it can be measured.
    """
    story = list(scenario.run.timeline.facts().of("job", correlation))
    ends = [min(f.at, f.data.get("stamped_at") or f.at) for f in story if f.data["event"] in ("failed", "succeeded")]
    if not ends:
        raise Stuck(
            f"build {correlation} never ended; last seen {story[-1].data['event']} "
            f"(job {story[-1].data.get('job', 'not created')})",
            todo="look at the builder's log in the report's folder",
        )
    return ends[-1]
