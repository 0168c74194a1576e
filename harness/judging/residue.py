"""What a scenario leaves behind: two snapshots of the target compared.

A snapshot maps a name ("iam/role/policy", "cluster/namespace/kind/name", "s3/key", "git/tree", "rule/alert") to a
digest of what it holds.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from harness.facts.history import History

Snapshot = Mapping[str, str]


def digest(content: Any) -> str:
    """A short digest of plain JSON content, the same for the same content in any order of keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:16]


def with_stored(before: Snapshot, facts: History, since: float) -> Snapshot:
    """What there should be in the end: what was `before`, and what the scenario has stored itself since, as it was
    stored last."""
    return {**before, **{fact.data["name"]: fact.data["digest"] for fact in facts.of("stored", since=since)}}


def differences(before: Snapshot, after: Snapshot, allowed: Iterable[str] = ()) -> list[str]:
    """What was added (+), removed (-) or changed (~), except for names that one of the `allowed` patterns matches."""
    patterns = [re.compile(pattern) for pattern in allowed]
    found = [f"+ {name}" for name in after if name not in before]
    found += [f"- {name}" for name in before if name not in after]
    found += [f"~ {name}" for name in after if name in before and after[name] != before[name]]
    return sorted(line for line in found if not any(pattern.fullmatch(line[2:]) for pattern in patterns))
