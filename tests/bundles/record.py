"""Keeps a run as a bundle of this folder: python -m tests.bundles.record NAME

Takes one scenario of a run (the latest, its first one unless told otherwise) with what is known before it, masks it
once more, seals it, and writes beside it what judging finds: to be read by a person before it is kept. `--spoil` does
to it what must not be mistaken for a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import click
import msgspec
import yaml

from harness.facts.bundle import MANIFEST, TIMELINE, seal
from harness.facts.history import FORMAT, Fact, History
from harness.facts.masking import mask
from harness.facts.timeline import read
from tests.bundles.expected import EXPECTED, found

_HERE = Path(__file__).parent
_OF_THE_RUN = {"timeline", "leftover", "run-error", "run-stopped"}
_LASTING = {"observer", "rules", "sample", "alert", "source-clock"}
"""Kinds that say how things stand, until something else is said: those of before a scenario count in it."""


def _cut_short(folder: Path) -> None:
    whole = (folder / TIMELINE).read_bytes()
    (folder / TIMELINE).write_bytes(whole[: len(whole) * 2 // 3])


def _edited(folder: Path) -> None:
    """One claim is given ten times the time."""
    before, limit, after = (folder / TIMELINE).read_bytes().partition(b'"limit_s":3')
    (folder / TIMELINE).write_bytes(before + limit + b"0" + after)


def _older(folder: Path) -> None:
    whole = (folder / TIMELINE).read_bytes()
    (folder / TIMELINE).write_bytes(whole.replace(b'"format":%d' % FORMAT, b'"format":%d' % (FORMAT - 1), 1))
    manifest = msgspec.json.decode((folder / MANIFEST).read_bytes())
    manifest["timeline_format"] -= 1
    (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest) + b"\n")


_SPOIL: dict[str, Callable[[Path], None]] = {"cut-short": _cut_short, "edited": _edited, "older-format": _older}


def cut(facts: History, scenario: str) -> Iterator[Fact]:
    """One scenario whose name has `scenario` in it, with what lasts from before, numbered anew.

    Raises:
        click.ClickException: there is none.
    """
    marks = [f for f in facts.of("scenario") if scenario in f.subject]
    if not marks:
        raise click.ClickException(f"no scenario is called {scenario!r}")
    begin = marks[0].seq
    end = next((f.seq for f in marks if f.data["event"] == "ended"), len(facts))
    opening = next((f.seq for f in facts.of("scenario")), begin)
    kept = [
        f
        for f in facts
        if f.seq < opening or begin <= f.seq <= end or f.kind in _OF_THE_RUN or (f.seq < begin and f.kind in _LASTING)
    ]
    for seq, fact in enumerate(kept):
        yield msgspec.structs.replace(fact, seq=seq, data=mask(fact.data))


@click.command()
@click.argument("name")
@click.option("--run", type=click.Path(path_type=Path, exists=True), default=Path("reports/latest"), show_default=True)
@click.option("--scenario", default="", help="words in the name of the scenario to keep")
@click.option("--spoil", type=click.Choice(sorted(_SPOIL)), help="spoil the bundle once it is sealed")
def main(name: str, run: Path, scenario: str, spoil: str | None) -> None:
    """Keep a run as the bundle NAME."""
    folder = _HERE / name
    folder.mkdir(exist_ok=True)
    timeline = folder / TIMELINE
    encode = msgspec.json.Encoder().encode
    timeline.write_bytes(b"".join(encode(fact) + b"\n" for fact in cut(read(run / TIMELINE), scenario)))
    seal(folder, name)
    if spoil is not None:
        _SPOIL[spoil](folder)
    seen = found(folder)
    (folder / EXPECTED).write_text(yaml.safe_dump(msgspec.to_builtins(seen), sort_keys=False, width=110))
    click.echo(f"{folder}: {seen.verdict or 'refused'}; read {EXPECTED} before you keep it")


if __name__ == "__main__":
    main()
