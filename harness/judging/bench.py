"""How fast a saved run is judged, and in how much memory: `make bench-judge`.

Runs of 10 thousand, 100 thousand and a million facts are written to a temporary folder, in scenarios of 10 thousand
facts in about the mix of a real run, with claims of every sort. Each is read, checked against its seal and judged in a
process of its own, as `harness judge` does.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from harness.facts.bundle import TIMELINE, seal, unseal
from harness.facts.history import FORMAT, Fact
from harness.judging import expectation
from harness.judging.claims import Claim
from harness.judging.expectation import Expectation
from harness.judging.judge import judge
from harness.judging.retry import RetryPolicy
from harness.judging.verdict import Verdict

_SIZES = (10_000, 100_000, 1_000_000)
_OF_A_SCENARIO = 10_000
_REPEATS = 3
_POLICY = RetryPolicy(max_attempts=3, base_s=5.0, max_s=30.0)
_EXTRA = 60
"""Facts of a scenario beside its builds: its start, its end, its claims."""


class Measured(msgspec.Struct, frozen=True):
    """One judging: the seconds of one core it took, whatever else the machine did, the most memory the process had, and
    what came out."""

    seconds: float
    peak_mib: float
    verdict: Verdict


class _Writer:
    """Writes facts as a run does, its clock moved on a little with each."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._encode = msgspec.json.Encoder().encode
        self.count = 0
        self.now = 1_795_000_000.0

    def record(self, kind: str, subject: str, source: str = "harness", **data: Any) -> float:
        self.now += 0.01
        fact = Fact(seq=self.count, at=self.now, seen=self.now, kind=kind, subject=subject, source=source, data=data)
        self._file.write(self._encode(fact) + b"\n")
        self.count += 1
        return self.now

    def close(self) -> None:
        self.record("timeline", "closed")
        self._file.close()


def write_run(folder: Path, facts: int) -> None:
    """A run of about so many facts that passes, sealed."""
    folder.mkdir()
    writer = _Writer(folder / TIMELINE)
    writer.record("timeline", "opened", format=FORMAT)
    for source in ("prometheus", "receiver", "kubernetes", "fault-proxy"):
        writer.record("observer", source, source, event="watching")
    writer.record("sample", "dead letters", "prometheus-samples", value=0.0)
    for number in range(max(1, facts // _OF_A_SCENARIO)):
        _write_scenario(writer, f"scenario {number}", min(facts, _OF_A_SCENARIO))
    writer.close()
    seal(folder, folder.name)


def _write_scenario(writer: _Writer, name: str, facts: int) -> None:
    end = writer.count + facts - _EXTRA
    began = writer.record("scenario", name, event="started", feature="bench.feature")
    before = {f"cluster/thing-{number}": "d0f5f197df218144" for number in range(80)}
    writer.record("snapshot", name, when="before", content=before)
    writer.record("fault", "noop", event="injecting", parameters={})
    writer.record("fault", "noop", event="effective", detail="seen to act")
    builds: list[str] = []
    while writer.count < end:
        builds.append(f"parser-{len(builds):05d}-{name.split()[1]}")
        _write_build(writer, builds[-1], failed=len(builds) % 10 == 0)
    writer.record("fault", "noop", event="healed")
    writer.record("snapshot", name, when="after", content=before)
    for number, claimed in enumerate(_claims(name, builds, began)):
        claim = Claim(
            id=f"{name}#{number}",
            scenario=name,
            text=claimed.text,
            checker=claimed.checker,
            params=dict(claimed.params),
            since=claimed.since,
            limit_s=claimed.limit_s,
            role=claimed.role,
        )
        writer.record("claim", claim.id, **msgspec.to_builtins(claim))
        writer.record("claim-closed", claim.id)
    writer.record("scenario", name, event="ended", outcome="completed", reason="")


def _write_build(writer: _Writer, build: str, *, failed: bool) -> None:
    parser, end = build.rsplit("-", 1)[0], "failed" if failed else "succeeded"
    job = {
        "job": f"build-{build}",
        "parser": parser,
        "attempt": "1",
        "reason": "",
        "stamped_at": float(int(writer.now)),
    }
    writer.record("step", f"the parser {parser} is built", keyword="When")
    writer.record("job", build, event="requested", parser=parser)
    for event in ("created", "started"):
        writer.record("job", build, "kubernetes", event=event, **job)
        writer.record("heartbeat", "prometheus", "prometheus", rules=5)
    writer.record("control", "noop", value=1, accepted=True, detail="status 200")
    writer.record(
        "hit", "noop-1", "fault-proxy", owner="noop", operation="PutManifest", reference=build, outcome="passed",
        status=201, waited_ms=0.2,
    )  # fmt: skip
    writer.record("job", build, "kubernetes", event=end, **job)
    if failed:
        line = 'time="2026-11-22T08:14:36Z" level=info msg="Taking snapshot of full filesystem..."'
        for _ in range(6):
            writer.record("log", build, "kubernetes", job=job["job"], container="kaniko", line=line)
        writer.record(
            "notification", build, "receiver", channel="developer", status="failed", severity="",
            text=f"{parser} invalid_parser x.py:2", seq=writer.count,
        )  # fmt: skip
    writer.record("job", build, "kubernetes", event="settled", **job)
    category = "invalid_parser" if failed else ""
    writer.record(
        "build", build, "kubernetes", event="settled", outcome=end, attempts=1, category=category, job=job["job"]
    )
    writer.record("sample", "queue depth", "prometheus-samples", value=0.0)


def _claims(name: str, builds: list[str], since: float) -> Iterator[Expectation]:
    good = [build for number, build in enumerate(builds, start=1) if number % 10]
    bad = [build for number, build in enumerate(builds, start=1) if not number % 10]
    yield expectation.fault_effective("noop", 3600.0, since=since)
    yield expectation.fault_held("noop", since=since)
    yield expectation.builds_complete(good, 3600.0, since=since)
    yield expectation.builds_end_once(_POLICY, 0.0, since=since)
    yield expectation.correlation_kept(since=since)
    yield expectation.dead_letters(0, 0.0, since=since)
    yield expectation.no_residue(name, [], since=since)
    yield expectation.only_expected_alerts([], 10.0, since=since)
    yield expectation.no_alert_left(10.0, since=since)
    yield expectation.sample_within("queue depth", "the queue is drained", 3600.0, since=since, at_most=0.0)
    for build in bad[:5]:
        yield expectation.build_settles(build, "failed", "invalid_parser", 1, since=since)
        yield expectation.log_says(build, "kaniko", "snapshot", since=since)
        yield expectation.developer_told(build, ["x.py:2"], since=since)


def measure(folder: Path) -> Measured:
    """Judge the run in `folder`."""
    begun = time.process_time()
    bundle = unseal(folder)
    report = judge(bundle.history, bundle.run, bundle.doubt)
    seconds = time.process_time() - begun
    return Measured(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, report.verdict)


def _apart(folder: Path) -> Measured:
    done = subprocess.run(
        [sys.executable, "-m", "harness.judging.bench", "--measure", str(folder)], check=True, capture_output=True
    )
    return msgspec.json.decode(done.stdout, type=Measured)


@click.command()
@click.option("--measure", "folder", type=click.Path(path_type=Path), help="judge this run and print what it took")
def main(folder: Path | None) -> None:
    """Print facts a second (median) and peak memory for each size."""
    if folder is not None:
        click.echo(msgspec.json.encode(measure(folder)))
        return
    click.echo(f"{'facts':>9} {'size':>8} {'facts/s':>9} {'seconds':>8} {'peak memory':>12}")
    peaks = []
    for size in _SIZES:
        with tempfile.TemporaryDirectory() as room:
            run = Path(room) / "run"
            write_run(run, size)
            mib = (run / TIMELINE).stat().st_size / 2**20
            found = [_apart(run) for _ in range(_REPEATS)]
        wrong = [each.verdict for each in found if each.verdict is not Verdict.PASS]
        if wrong:
            raise click.ClickException(f"a run of {size} facts that passes was judged {wrong[0]}")
        seconds = statistics.median(each.seconds for each in found)
        peaks.append(max(each.peak_mib for each in found))
        click.echo(f"{size:>9} {mib:>4.0f} MiB {size / seconds:>9.0f} {seconds:>8.2f} {peaks[-1]:>8.0f} MiB")
    click.echo(f"{_SIZES[-1] // _SIZES[0]} times the facts take {peaks[-1] / peaks[0]:.1f} times the memory")


if __name__ == "__main__":
    main()
