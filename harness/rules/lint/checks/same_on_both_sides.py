"""An operator with the same expression on both sides: always 1, always 0, never or nothing new."""

from __future__ import annotations

from collections.abc import Iterator

from harness.rules.lint.expression import binaries, is_scalar, text
from harness.rules.lint.model import Context, Rule, Severity, Suspicion

_RESULTS = {
    "/": ("is 1 wherever it is not 0", Severity.WARNING),
    "-": ("is always 0", Severity.WARNING),
    "unless": ("is always empty", Severity.WARNING),
    ">": ("is never true", Severity.WARNING),
    "<": ("is never true", Severity.WARNING),
    "!=": ("is never true", Severity.WARNING),
    "and": ("adds nothing", Severity.HINT),
    "or": ("adds nothing", Severity.HINT),
}


def check(rule: Rule, _context: Context) -> Iterator[Suspicion]:
    """NaN apart: nobody divides by itself to find it. An offset makes sides differ."""
    for node in binaries(rule.ast, *_RESULTS):
        if node.modifier is not None and node.modifier.return_bool:
            continue
        if not is_scalar(node.lhs) and text(node.lhs) == text(node.rhs):
            result, severity = _RESULTS[str(node.op)]
            yield Suspicion(
                check="same-on-both-sides",
                rule=rule,
                message=f"both sides of `{node.op}` are {text(node.lhs)}: it {result}",
                severity=severity,
                mend="another metric or other matchers were meant on one side",
            )
