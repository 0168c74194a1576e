"""A dashboard's variable as a label's value: Prometheus does not replace it, and no series has it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.rules.lint.expression import uses
from harness.rules.lint.model import Context, Rule, Suspicion

_WHOLE = re.compile(r"\$[A-Za-z_]\w*|\$\{\w+(?::\w+)?\}|\[\[\w+\]\]")


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """Values that are nothing but a variable; a `$` within a regex is its end."""
    for use in uses(rule.ast):
        for matcher in use.matchers:
            if _WHOLE.fullmatch(matcher.value):
                yield Suspicion(
                    check="dashboard-variable",
                    rule=rule,
                    message=f"{matcher.name}{matcher.op}{matcher.value!r} is a dashboard's variable: Prometheus takes "
                    "it as it stands",
                    mend=f"write the value of {matcher.name} itself, or leave the matcher out",
                )
