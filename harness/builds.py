"""Asking for builds, and the instants of their lives."""

from __future__ import annotations

import io
import tarfile
import uuid
import zlib

from harness.scenario import Scenario, Stuck

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


def parser_problem(archive: bytes) -> str:
    """What is wrong with a parser archive, in one line; "" when it holds a parser.py that compiles."""
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as opened:
            names = opened.getnames()
            outside = [name for name in names if name.startswith(("/", "../")) or "/../" in name]
            if outside:
                return f"a path that leads out: {outside[0]}"
            member = opened.extractfile("parser.py") if "parser.py" in names else None
            if member is None:
                return "no parser.py in the archive"
            compile(member.read(), "parser.py", "exec")
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        return f"no archive: {error}"
    except (SyntaxError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def request(scenario: Scenario, parser: str) -> str:
    """Ask for a build as a user would; answers with its correlation id."""
    correlation = f"{parser}-{uuid.uuid4().hex[:8]}"
    scenario.record("job", correlation, event="requested", parser=parser)
    scenario.target.trigger_build(parser, correlation)
    return correlation


def store(scenario: Scenario, parser: str) -> None:
    """Store a parser that is valid."""
    scenario.target.parsers.put(parser, sample_parser())


def store_and_request(scenario: Scenario, parser: str) -> str:
    """Store a parser that is valid, and ask for its build; answers with the build's correlation id."""
    store(scenario, parser)
    return request(scenario, parser)


def requested_at(scenario: Scenario, correlation: str) -> float:
    """When the build was asked for."""
    return next(f.at for f in scenario.run.timeline.facts() if f.kind == "job" and f.subject == correlation)


def ended_at(scenario: Scenario, correlation: str) -> float:
    """When the build's last job ended.

    Raises:
        Stuck: it did not; without that instant nothing after it can be measured.
    """
    story = [f for f in scenario.run.timeline.facts() if f.kind == "job" and f.subject == correlation]
    ends = [f.at for f in story if f.data["event"] in ("failed", "succeeded")]
    if not ends:
        raise Stuck(
            f"build {correlation} never ended; last seen {story[-1].data['event']} "
            f"(job {story[-1].data.get('job', 'not created')})",
            todo="look at the builder's log in the report's folder",
        )
    return ends[-1]
