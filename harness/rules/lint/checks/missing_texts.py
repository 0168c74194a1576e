"""An alert that does not say how bad it is, what happened, or what to do."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.model import Context, Rule, Severity, Suspicion


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """Hints, by the names that `context` has for severity, summary and runbook."""
    if not rule.alert:
        return
    wanted = (
        ("severity", "label", context.severity_labels, rule.labels),
        ("summary", "annotation", context.summary_annotations, rule.annotations),
        ("runbook", "annotation", context.runbook_annotations, rule.annotations),
    )
    for what, kind, names, given in wanted:
        if names and not any(given.get(name) for name in names):
            yield Suspicion(
                check="missing-texts",
                rule=rule,
                message=f"no {what}: none of the {kind}s {', '.join(names)}",
                severity=Severity.HINT,
                mend=f"add {names[0]}",
            )
