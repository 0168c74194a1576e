"""promtool, Prometheus' own engine for rules without a server: where it is, and running many tests in few processes.

Each trial is a test file of its own with a rule file of its own, so that a broken one spoils nothing but itself. A
process takes many test files and prints a section for each.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from harness.rules.debian import obtain

PROCESSES = 2
_BATCH = 40
_BATCH_LIMIT_S = 60.0
# promtool syncs a database to disk for each test, which takes ten times as long as the test where it is a real disk.
_SHARED_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 512 * 1024 * 1024
_SECTION = re.compile(r"^Unit Testing: +(?:.*/)?([0-9]+)\.test\.yml$", re.MULTILINE)


class Trial(msgspec.Struct, frozen=True):
    """Texts of a rule file and of the test file that names it as `rules_name(number)`."""

    rules: str
    test: str


def rules_name(number: int) -> str:
    """The name of the rule file of the trial with this number."""
    return f"{number}.rules.yml"


def promtool() -> Path | None:
    """The program: the one on PATH, or the one in the cache, or the pinned one taken from Debian into the cache; None
    when none of these can be had."""
    return obtain("promtool", package="prometheus", image="prometheus", version="PROMETHEUS_VERSION")


def run(program: Path, trials: Sequence[Trial], *, limit_s: float = _BATCH_LIMIT_S) -> list[str | None]:
    """What promtool says to each trial, "SUCCESS" or what it got instead; None when it ended over it, or took more than
    `limit_s`."""
    roomy = os.access(_SHARED_MEMORY, os.W_OK) and shutil.disk_usage(_SHARED_MEMORY).free > _ROOM_BYTES
    base = _SHARED_MEMORY if roomy else None
    with tempfile.TemporaryDirectory(prefix="promtool-", dir=base) as name, ThreadPoolExecutor(PROCESSES) as pool:
        folder = Path(name)
        for number, trial in enumerate(trials):
            (folder / rules_name(number)).write_text(trial.rules)
            (folder / f"{number}.test.yml").write_text(trial.test)
        numbers = list(range(len(trials)))
        size = max(1, min(_BATCH, -(-len(numbers) // PROCESSES)))
        batches = [numbers[start : start + size] for start in range(0, len(numbers), size)]
        said: dict[int, str] = {}
        for part in pool.map(lambda batch: _sections(program, folder, batch, limit_s), batches):
            said.update(part)
    return [said.get(number) for number in numbers]


def _sections(program: Path, folder: Path, batch: Sequence[int], limit_s: float) -> dict[int, str]:
    """Each trial's section. Where the process ended early, the halves are run again until the culprit stands alone."""
    try:
        ended = subprocess.run(
            [str(program), "test", "rules", *(f"{number}.test.yml" for number in batch)],
            cwd=folder,
            env={"PATH": os.environ.get("PATH", ""), "TMPDIR": str(folder), "HOME": str(folder), "GOMAXPROCS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=limit_s,
            check=False,
        )
        # 0: all as expected, 1: some not; anything else is a crash, and the last section may be half of one.
        output = ended.stdout.decode(errors="replace") if ended.returncode in (0, 1) else ""
    except subprocess.TimeoutExpired:
        output = ""
    parts = _SECTION.split(output)[1:]
    said = {int(number): text.strip() for number, text in zip(parts[::2], parts[1::2], strict=True)}
    if len(said) == len(batch):
        return said
    if len(batch) == 1:
        return {}
    middle = len(batch) // 2
    return {
        **_sections(program, folder, batch[:middle], limit_s),
        **_sections(program, folder, batch[middle:], limit_s),
    }
