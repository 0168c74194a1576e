"""An alert that does not say how bad it is, what happened, or what to do."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from harness.rules.lint.model import Context, Rule, Severity, Suspicion

_OTHER = {"label": "annotation", "annotation": "label"}


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """Hints, by the names that `context` has for severity, summary and runbook; a warning where one is misspelt
    or in the wrong place."""
    if not rule.alert:
        return
    wanted = (
        ("severity", "label", context.severity_labels, rule.labels),
        ("summary", "annotation", context.summary_annotations, rule.annotations),
        ("runbook", "annotation", context.runbook_annotations, rule.annotations),
    )
    for what, kind, names, given in wanted:
        if names and not any(given.get(name) for name in names):
            elsewhere = [name for name in names if (rule.annotations if kind == "label" else rule.labels).get(name)]
            if elsewhere and what != "runbook":
                yield Suspicion(
                    check="missing-texts",
                    rule=rule,
                    message=f"{elsewhere[0]} is no {kind}: it stands among the {_OTHER[kind]}s",
                    mend=f"make it a{'n' if kind == 'annotation' else ''} {kind}",
                )
                continue
            near = get_close_matches(names[0], [name.lower() for name in given if name not in names], n=1, cutoff=0.75)
            if near:
                yield Suspicion(
                    check="missing-texts",
                    rule=rule,
                    message=f"no {what}: {kind} {near[0]} is called otherwise than {names[0]}",
                    mend=f"{names[0]} was meant?",
                )
                continue
            yield Suspicion(
                check="missing-texts",
                rule=rule,
                message=f"no {what}: none of the {kind}s {', '.join(names)}",
                severity=Severity.HINT,
                mend=f"add {names[0]}",
            )
