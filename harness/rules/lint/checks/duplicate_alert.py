"""Two alerts that nobody can tell apart: the same name and the same labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from harness.rules.lint.model import Context, Rule, Severity, Suspicion
from harness.rules.lint.run_index import once_a_run

_Key = tuple[str, str, tuple[tuple[str, str], ...]]


def check(rule: Rule, context: Context) -> Iterator[Suspicion]:
    """Within a file, told at the second of the two: a warning when the expressions are the same as well."""
    if not rule.alert:
        return
    earlier = [other for other in _by_identity(context.rules)[_key(rule)] if other.line < rule.line]
    if not earlier:
        return
    same = next((other for other in earlier if _normal(other.expr) == _normal(rule.expr)), None)
    yield Suspicion(
        check="duplicate-alert",
        rule=rule,
        message=f"{rule.alert} with the same labels "
        + ("and the same expression " if same else "")
        + f"is in line {(same or earlier[0]).line} already",
        severity=Severity.WARNING if same else Severity.HINT,
        mend="delete one" if same else "another name, or a label that tells them apart",
    )


def _key(rule: Rule) -> _Key:
    return rule.file, rule.alert, tuple(sorted(rule.labels.items()))


def _normal(expr: str) -> str:
    return " ".join(expr.split())


@once_a_run
def _by_identity(rules: tuple[Rule, ...]) -> Mapping[_Key, list[Rule]]:
    found: defaultdict[_Key, list[Rule]] = defaultdict(list)
    for rule in rules:
        if rule.alert:
            found[_key(rule)].append(rule)
    return found
