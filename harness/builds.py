"""Asking for builds, and the instants of their lives."""

from __future__ import annotations

import io
import tarfile
import uuid

from harness.errors import DeadlineExceeded
from harness.scenario import Scenario

_PARSER = "def parse(line):\n    return line.split(',')\n\n\nprint(parse('a,b'))\n"


def sample_parser(source: str = _PARSER) -> bytes:
    """A parser archive (tar.gz with parser.py), the same bytes for the same source."""
    body = source.encode()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo("parser.py")
        entry.size = len(body)
        archive.addfile(entry, io.BytesIO(body))
    return buffer.getvalue()


def request(scenario: Scenario, parser: str) -> str:
    """Ask for a build as a user would; answers with its correlation id."""
    correlation = f"{parser}-{uuid.uuid4().hex[:8]}"
    scenario.record("job", correlation, event="requested", parser=parser)
    scenario.target.trigger_build(parser, correlation)
    return correlation


def requested_at(scenario: Scenario, correlation: str) -> float:
    """When the build was asked for."""
    return next(f.at for f in scenario.run.timeline.facts() if f.kind == "job" and f.subject == correlation)


def ended_at(scenario: Scenario, correlation: str) -> float:
    """When the build's last job ended.

    Raises:
        DeadlineExceeded: it did not; without that instant nothing after it can be measured.
    """
    story = [f for f in scenario.run.timeline.facts() if f.kind == "job" and f.subject == correlation]
    ends = [f.at for f in story if f.data["event"] in ("failed", "succeeded")]
    if not ends:
        raise DeadlineExceeded(
            f"build {correlation} never ended; last seen {story[-1].data['event']} "
            f"(job {story[-1].data.get('job', 'not created')})",
            todo="look at the builder's log in the report's folder",
        )
    return ends[-1]
