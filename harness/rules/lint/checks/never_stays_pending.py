"""A label that shows the value: each evaluation makes another alert, and none lives long enough for its `for`."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from harness.rules.lint.expression import comparisons
from harness.rules.lint.model import Context, Rule, Severity, Suspicion
from harness.rules.lint.proof.series import wavering_proof

_VALUE = re.compile(r"\{\{[^{}]*(?:\$value|(?<![\w)])\.Value)\b[^{}]*\}\}")


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """The same rule without that label is the mended one. A label that has but a few values (`if gt $value 0.9`) is
    left to the engine: on series that waver by a little it fires, and nothing is told."""
    if not rule.alert:
        return
    changing = sorted(name for name, text in rule.labels.items() if _VALUE.search(text))
    fixed = bool(comparisons(rule.ast)) and all(compared.op == "==" for compared in comparisons(rule.ast))
    if not changing or fixed:
        return
    if not rule.for_s:
        yield Suspicion(
            check="never-stays-pending",
            rule=rule,
            message=f"label {changing[0]} shows the value: each change of it is an alert of its own",
            severity=Severity.HINT,
            mend="show it in an annotation",
        )
        return
    mended = msgspec.structs.replace(
        rule, labels={name: text for name, text in rule.labels.items() if name not in changing}
    )
    story = "the condition holds all the time, by values that waver"
    yield Suspicion(
        check="never-stays-pending",
        rule=rule,
        message=f"label {changing[0]} shows the value: when that changes, the alert starts its `for` anew",
        mend="show it in an annotation",
        proof=wavering_proof(rule, story, sound=mended),
        unproven=Severity.HINT,
    )
