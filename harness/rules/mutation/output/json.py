"""For programs: every mutant with its fate, the scores, and the notes."""

from __future__ import annotations

import msgspec

from harness.rules.mutation.run import Mutated
from harness.rules.mutation.score import Score, score, scores


def render(mutated: Mutated) -> str:
    """An object with `score`, `rules`, `mutants` and `notes`."""
    told = {
        "score": _told(score("", mutated.judged)),
        "rules": [_told(each) for each in scores(mutated.judged)],
        "mutants": [
            {
                "file": each.mutant.file,
                "rule": each.mutant.rule,
                "line": each.mutant.line,
                "mutant": each.mutant.name,
                "before": each.mutant.change.before,
                "after": each.mutant.change.after,
                "fate": each.fate,
                "killed_by": [{"kind": by.kind, "test": by.by} for by in each.killed_by],
                "reason": each.reason,
                "diff": each.mutant.diff,
                "suggestion": each.suggestion,
            }
            for each in mutated.judged
        ],
        "notes": mutated.notes,
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n"


def _told(of: Score) -> dict[str, object]:
    return {**msgspec.to_builtins(of), "percent": round(of.percent, 1)}
