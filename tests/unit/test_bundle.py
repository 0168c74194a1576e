"""A saved run is judged as it was; one that was cut short, edited or written otherwise is never PASS."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.errors import UsageError
from harness.facts.bundle import MANIFEST, REPORT, TIMELINE, seal, unseal
from harness.facts.timeline import Timeline
from harness.facts.timing import RunClock
from harness.judging.claims import Claim
from harness.judging.judge import judge
from harness.judging.judged import RunReport
from harness.judging.verdict import Verdict

Edit = Callable[[list[bytes]], list[bytes]]
CAUSE = "iam-policy-removed"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run that has passed, sealed."""
    return saved(tmp_path / "run-1", cause=CAUSE)


def saved(folder: Path, *, cause: str = CAUSE, outcome: str = "completed", broken: str = "") -> Path:
    """A run of one scenario with one claim, and with an error of the harness when it is `broken`."""
    timeline = Timeline(folder / TIMELINE, RunClock())
    begun = timeline.record("scenario", "s", event="started", feature="a.feature")
    timeline.record("diagnosis", "c1", cause=cause, evidence=["no policy"])
    claim = Claim(
        id="s#1",
        scenario="s",
        text="the cause is found",
        checker="cause-found",
        params={"correlation_id": "c1", "cause": CAUSE},
        since=begun.at,
        limit_s=300.0,
    )
    timeline.record("claim", claim.id, **msgspec.to_builtins(claim))
    timeline.record("claim-closed", claim.id)
    if broken:
        timeline.record("run-error", "run", what=broken)
    timeline.record("scenario", "s", event="ended", outcome=outcome, reason="")
    timeline.close()
    (folder / REPORT).write_text("{}\n")
    seal(folder, folder.name)
    return folder


def judged(folder: Path) -> RunReport | None:
    """The report; None when the bundle was refused."""
    try:
        bundle = unseal(folder)
    except UsageError:
        return None
    return judge(bundle.history, bundle.run, bundle.doubt)


def reason(folder: Path) -> str:
    report = judged(folder)
    assert report is not None
    assert report.verdict is Verdict.INCONCLUSIVE
    return report.reason


def edit(folder: Path, change: Edit) -> None:
    path = folder / TIMELINE
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def test_a_sealed_run_is_judged_as_it_was(folder: Path) -> None:
    report = judged(folder)
    assert report is not None
    assert (report.verdict, report.reason, report.run) == (Verdict.PASS, "", "run-1")
    assert json.loads((folder / MANIFEST).read_text())["facts"] == len((folder / TIMELINE).read_text().splitlines())


def test_a_renamed_folder_keeps_its_name(folder: Path) -> None:
    moved = folder.rename(folder.parent / "elsewhere")
    report = judged(moved)
    assert report is not None
    assert report.run == "run-1"


def test_a_killed_run_has_no_manifest_and_no_pass(folder: Path) -> None:
    (folder / MANIFEST).unlink()
    assert "no manifest.json: the run was cut short" in reason(folder)


def test_without_a_manifest_a_failure_is_still_one(tmp_path: Path) -> None:
    folder = saved(tmp_path / "run-2", cause="unknown")
    (folder / MANIFEST).unlink()
    report = judged(folder)
    assert report is not None
    assert report.verdict is Verdict.FAIL


@pytest.mark.parametrize("sealed", [True, False])
def test_cut_anywhere_it_is_never_a_pass(folder: Path, sealed: bool) -> None:
    whole = (folder / TIMELINE).read_bytes()
    if not sealed:
        (folder / MANIFEST).unlink()
    for length in range(0, len(whole), 3):
        (folder / TIMELINE).write_bytes(whole[:length])
        report = judged(folder)
        assert report is None or report.verdict is not Verdict.PASS, length
        if sealed:
            assert report is not None
            assert "cut short" in report.reason


def test_half_a_manifest_is_refused(folder: Path) -> None:
    whole = (folder / MANIFEST).read_bytes()
    # Without its last line's end it is still a whole one.
    for length in range(len(whole) - 1):
        (folder / MANIFEST).write_bytes(whole[:length])
        with pytest.raises(UsageError, match="no manifest"):
            unseal(folder)


def _deleted(number: int) -> Edit:
    return lambda lines: [*lines[:number], *lines[number + 1 :]]


def _doubled(number: int) -> Edit:
    return lambda lines: [*lines[: number + 1], *lines[number:]]


def _altered(number: int) -> Edit:
    return lambda lines: [*lines[:number], lines[number].replace(b'"at":1', b'"at":2'), *lines[number + 1 :]]


def _swapped(number: int) -> Edit:
    return lambda lines: [*lines[:number], *reversed(lines[number : number + 2]), *lines[number + 2 :]]


def renumbered(change: Edit) -> Edit:
    """The edit of somebody who also puts the lines' numbers right."""

    def both(lines: list[bytes]) -> list[bytes]:
        told = [json.loads(line) for line in change(lines)]
        return [json.dumps({**fact, "seq": number}).encode() + b"\n" for number, fact in enumerate(told)]

    return both


@pytest.mark.parametrize("how", [_deleted, _doubled, _altered, _swapped])
@pytest.mark.parametrize("tidy", [False, True])
def test_with_any_line_edited_it_is_never_a_pass(folder: Path, how: Callable[[int], Edit], tidy: bool) -> None:
    whole = (folder / TIMELINE).read_bytes()
    for number in range(len(whole.splitlines()) - (how is _swapped)):
        edit(folder, renumbered(how(number)) if tidy else how(number))
        assert any(word in reason(folder) for word in ("edited", "cut short")), number
        (folder / TIMELINE).write_bytes(whole)


def test_text_after_the_last_line_is_an_edit(folder: Path) -> None:
    edit(folder, lambda lines: [*lines, b'{"seq'])
    assert "timeline.jsonl was edited" in reason(folder)


def test_a_failure_that_was_edited_away_proves_nothing(tmp_path: Path) -> None:
    folder = saved(tmp_path / "run-2", cause="unknown")
    edit(folder, lambda lines: [line.replace(b'"cause":"unknown"', b'"cause":"iam-policy-removed"') for line in lines])
    assert "timeline.jsonl was edited" in reason(folder)


@pytest.mark.parametrize(
    ("change", "verdict", "said"),
    [
        ((b'"cause":"iam-policy-removed","ev', b'"cause":"sts-down","ev'), Verdict.FAIL, "diagnosed as sts-down"),
        ((b'"diagnosis"', b'"guess"'), Verdict.INCONCLUSIVE, "no diagnosis was made"),
        ((b'"claim-closed"', b'"opened"'), Verdict.INCONCLUSIVE, "the run ended while this was waited for"),
        ((b'"outcome":"completed"', b'"outcome":"stopped"'), Verdict.ABORTED, ""),
        ((b'"outcome":"completed"', b'"outcome":"error"'), Verdict.HARNESS_ERROR, ""),
        ((b'"limit_s":300.0', b'"limit_s":-1.0'), Verdict.FAIL, "of -1 s"),
        ((b'"cause-found"', b'"guess"'), Verdict.HARNESS_ERROR, "checker guess crashed: UsageError"),
        ((b'"params":{', b'"params":{},"was":{'), Verdict.HARNESS_ERROR, "checker cause-found crashed: KeyError"),
        ((b'"closed"', b'"open"'), Verdict.INCONCLUSIVE, ""),
    ],
)
def test_sealed_again_it_is_judged_for_what_it_says(
    folder: Path, change: tuple[bytes, bytes], verdict: Verdict, said: str
) -> None:
    edit(folder, lambda lines: [line.replace(*change) for line in lines])
    seal(folder, folder.name)
    report = judged(folder)
    assert report is not None
    assert report.verdict is verdict
    assert said in report.scenarios[0].reason


def test_an_edited_or_missing_report_shows(folder: Path) -> None:
    (folder / REPORT).write_text('{"verdict": "PASS"}\n')
    assert "report.json was edited" in reason(folder)
    (folder / REPORT).unlink()
    assert "report.json is missing" in reason(folder)


def test_another_format_is_refused(folder: Path) -> None:
    edit(folder, lambda lines: [line.replace(b'"format":1', b'"format":0') for line in lines])
    (folder / MANIFEST).unlink()
    with pytest.raises(UsageError, match="format 0, this version reads 1 — judge it with the version that wrote it"):
        unseal(folder)


@pytest.mark.parametrize("field", ["format", "timeline_format"])
def test_another_format_of_the_seal_is_refused(folder: Path, field: str) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**manifest, field: 99}))
    with pytest.raises(UsageError, match="99"):
        unseal(folder)


@pytest.fixture
def bundles(tmp_path: Path) -> dict[str, Path]:
    killed = saved(tmp_path / "killed")
    (killed / MANIFEST).unlink()
    return {
        "passed": saved(tmp_path / "passed"),
        "failed": saved(tmp_path / "failed", cause="unknown"),
        "killed": killed,
        "stopped": saved(tmp_path / "stopped", outcome="stopped"),
        "broken": saved(tmp_path / "broken", broken="no cluster"),
        "none": tmp_path / "none",
    }


@pytest.mark.parametrize(
    ("name", "code"), [("passed", 0), ("failed", 1), ("killed", 10), ("stopped", 11), ("broken", 12), ("none", 2)]
)
def test_the_command_ends_with_the_verdicts_code(bundles: dict[str, Path], name: str, code: int) -> None:
    done = CliRunner().invoke(main, ["judge", str(bundles[name])])
    assert done.exit_code == code, done.output
