"""`harness report`: a saved run drawn again, two compared, and what the exit status says."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from rich.console import Console

from harness.cli import main
from harness.facts.bundle import seal
from harness.judging.claims import Claim
from harness.report.schema import schema_text
from harness.report.text import show
from harness.running.run import Run
from harness.running.scenario import Scenario
from tests.unit.report.runs import claim, run, scenario

Save = Callable[..., Path]


@pytest.fixture
def save(new_run: Callable[[str], Run]) -> Save:
    """Plays a run in which a value was `seen` so many seconds late, seals it, and answers with its folder."""

    def saved(name: str, *, seen: float, scenes: tuple[str, ...] = ("a scenario",)) -> Path:
        with new_run(name) as played:
            for scene_name in scenes:
                with Scenario(played, scene_name, "a.feature") as scene:
                    since = played.timeline.clock.now()
                    played.timeline.record("sample", "queue depth", at=since + seen, value=0)
                    told = Claim(
                        id=f"{scene_name}#1",
                        scenario=scene_name,
                        text="the queue is empty",
                        checker="sample-within",
                        params={"sample": "queue depth", "at_least": None, "below": 1},
                        since=since,
                        limit_s=60.0,
                    )
                    scene.record("claim", told.id, **msgspec.to_builtins(told))
                    scene.record("claim-closed", told.id)
                scene.ended("completed")
        folder = played.timeline.path.parent
        seal(folder, name)
        return folder

    return saved


def report(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["report", *map(str, arguments)])
    return done.exit_code, done.output


def test_a_run_is_no_worse_than_itself(save: Save) -> None:
    first = save("run-1", seen=1.0)
    code, said = report("diff", first, first)
    assert (code, "no worse" in said) == (0, True)
    assert "noise is assumed" in said


def test_what_takes_longer_than_noise_ends_with_one(save: Save) -> None:
    code, said = report("diff", save("run-1", seen=1.0), save("run-2", seen=30.0))
    assert code == 1
    assert "slower" in said
    assert "30.0 s" in said


def test_three_runs_before_it_measure_noise(save: Save) -> None:
    before = [save(f"run-{number}", seen=1.0) for number in range(3)]
    code, said = report("diff", *before, save("run-9", seen=4.0))
    assert code == 1, "3 s more are within assumed noise, but not within measured"
    assert "noise measured in 3 runs" in said


def test_what_cannot_be_compared_ends_with_two(save: Save, tmp_path: Path) -> None:
    first = save("run-1", seen=1.0)
    other = save("run-2", seen=1.0, scenes=("another scenario",))
    assert report("diff", first)[0] == 2
    assert report("diff", first, other)[0] == 2
    assert report("diff", first, tmp_path / "none")[0] == 2


def test_a_page_is_drawn_again_and_the_run_stays_sealed(save: Save) -> None:
    folder = save("run-1", seen=1.0)
    code, said = report("html", folder)
    assert (code, said.strip()) == (0, str(folder / "report.html"))
    assert "Every claim was seen to hold." in (folder / "report.html").read_text()
    assert CliRunner().invoke(main, ["judge", str(folder)]).exit_code == 0


def test_a_page_of_a_run_that_was_edited_says_so(save: Save) -> None:
    folder = save("run-1", seen=1.0)
    timeline = folder / "timeline.jsonl"
    timeline.write_bytes(timeline.read_bytes().replace(b'"below":1', b'"below":9'))
    assert report("html", folder)[0] == 0
    page = (folder / "report.html").read_text()
    assert "INCONCLUSIVE" in page
    assert "timeline.jsonl was edited" in page


def test_the_schema_is_printed() -> None:
    assert report("schema") == (0, schema_text())


def test_what_could_not_be_written_is_told_in_the_terminal() -> None:
    terminal = io.StringIO()
    show(run(scenario(claim())), Console(file=terminal, width=200), ["report.html could not be written: [why]"])
    assert "report.html could not be written: [why]" in terminal.getvalue()
