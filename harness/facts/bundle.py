"""The bundle of a run: its folder, sealed at the end so that it can be judged again and trusted.

The seal is `manifest.json`, written last and at once: what was cut short has none. It holds a digest of each file
that the verdict rests on, so that a later change of any of them shows. It is no signature: who means to deceive can
seal again.
"""

from __future__ import annotations

import hashlib
import os
from importlib.metadata import version
from pathlib import Path

import msgspec

from harness.errors import UsageError
from harness.facts.history import FORMAT, FileStore, History

MANIFEST_FORMAT = 1
"""Version of the manifest; a reader refuses any other."""

TIMELINE = "timeline.jsonl"
REPORT = "report.json"
MANIFEST = "manifest.json"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a run left.

    Attributes:
        run: its name.
        harness: the version that wrote it.
        timeline_format: that of the timeline; see harness.facts.history.FORMAT.
        facts: lines of the timeline.
        files: SHA-256 of each file that is sealed, in hex, by its name in the folder.
        format: that of the manifest.
    """

    run: str
    harness: str
    timeline_format: int
    facts: int
    files: dict[str, str]
    format: int = MANIFEST_FORMAT


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """A saved run, read: its facts, and in `doubt` why they prove nothing, "" when nothing speaks against them."""

    run: str
    history: History
    doubt: str


def seal(folder: Path, run: str) -> Manifest:
    """Write the manifest of a run that has ended, over its timeline and, if there is one, its report.

    Raises:
        UsageError: there is no timeline, or it is none.
    """
    digest = hashlib.sha256()
    facts = FileStore(folder / TIMELINE, digest.update).count
    files = {TIMELINE: digest.hexdigest()}
    if (folder / REPORT).exists():
        files[REPORT] = _sha256(folder / REPORT)
    manifest = Manifest(run=run, harness=version("chaos-harness"), timeline_format=FORMAT, facts=facts, files=files)
    fresh = folder / f".{MANIFEST}"
    with fresh.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / MANIFEST)
    return manifest


def unseal(folder: Path) -> Bundle:
    """The saved run in `folder`. One that is not what its manifest says has no facts, only a doubt.

    Raises:
        UsageError: there is no run, it was written in another format, or what is there is no timeline.
    """
    manifest = _manifest(folder / MANIFEST)
    digest = hashlib.sha256()
    try:
        store = FileStore(folder / TIMELINE, digest.update)
    except UsageError:
        if manifest is None or not (folder / TIMELINE).exists():
            raise
        return _nothing(manifest.run, f"{TIMELINE} was edited: it is no timeline any more")
    if manifest is None:
        # A run that was killed: its facts are what they are, but nobody knows what would have come.
        doubt = f"there is no {MANIFEST}: the run was cut short, or saved in part"
        return Bundle(run=folder.resolve().name, history=History(store), doubt=doubt)
    doubt = _difference(folder, manifest, store.count, digest.hexdigest())
    if doubt:
        return _nothing(manifest.run, doubt)
    return Bundle(run=manifest.run, history=History(store), doubt="")


def _nothing(run: str, doubt: str) -> Bundle:
    return Bundle(run=run, history=History.over([]), doubt=doubt)


def _manifest(path: Path) -> Manifest | None:
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        found = msgspec.json.decode(text)
        formats = (found["format"], found["timeline_format"])
        if formats != (MANIFEST_FORMAT, FORMAT):
            raise UsageError(
                f"{path}: formats {formats}, this version reads {(MANIFEST_FORMAT, FORMAT)}",
                todo=f"judge it with the version that wrote it: {found.get('harness', 'unknown')}",
            )
        return msgspec.convert(found, Manifest)
    except (msgspec.MsgspecError, TypeError, KeyError) as error:
        raise UsageError(f"{path}: no manifest: {error!r}", todo="save the run's folder again") from error


def _difference(folder: Path, manifest: Manifest, facts: int, digest: str) -> str:
    """In what the folder is not as it was sealed; "" if in nothing."""
    if facts < manifest.facts:
        return f"{TIMELINE} was cut short: {facts} of {manifest.facts} facts are there"
    if facts > manifest.facts:
        return f"{TIMELINE} was edited: {facts} facts where {manifest.facts} were written"
    for name, sealed in manifest.files.items():
        if name != TIMELINE and not (folder / name).exists():
            return f"{name} is missing"
        if (digest if name == TIMELINE else _sha256(folder / name)) != sealed:
            return f"{name} was edited: it is not what {MANIFEST} says"
    return ""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
