"""Whether Prometheus would load a rule file at all: `promtool check rules` is asked, a small file for each doubt."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

_BATCH = 500
_LIMIT_S = 60.0
_REFUSED = re.compile(r"^([0-9]+)\.yaml: (.*(?:\n  line .*)*)", re.MULTILINE)
_CHECKED = re.compile(r"^Checking ([0-9]+)\.yaml$", re.MULTILINE)
_PLACE = re.compile(r"^(?:[0-9]+:[0-9]+: )?(?:group \"(?:[^\"\\]|\\.)*\", rule [0-9]+, \"(?:[^\"\\]|\\.)*\": )?")


def refusals(program: Path, texts: Sequence[str]) -> list[str | None]:
    """What Prometheus says to each rule file: why it refuses it, "" when it does not, None when it was not asked."""
    said: list[str | None] = []
    for start in range(0, len(texts), _BATCH):
        said += _asked(program, texts[start : start + _BATCH])
    return said


def _asked(program: Path, texts: Sequence[str]) -> list[str | None]:
    try:
        with tempfile.TemporaryDirectory(prefix="rules-lint-") as name:
            for number, text in enumerate(texts):
                (Path(name) / f"{number}.yaml").write_text(text, encoding="utf-8", errors="surrogateescape")
            ended = subprocess.run(
                [str(program), "check", "rules", "--lint=none", *(f"{number}.yaml" for number in range(len(texts)))],
                cwd=name,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_LIMIT_S,
                check=False,
            )
    except (OSError, subprocess.TimeoutExpired):
        return [None] * len(texts)
    out, err = ended.stdout.decode(errors="replace"), ended.stderr.decode(errors="replace")
    asked = {int(number) for number in _CHECKED.findall(out)}
    why: dict[int, str] = {}
    for found in _REFUSED.finditer(err):
        why.setdefault(int(found[1]), " ".join(_PLACE.sub("", found[2]).split()))
    return [why.get(number, "") if number in asked else None for number in range(len(texts))]
