"""Changes of an expression, put together from its tokens."""

from __future__ import annotations

from harness.rules.lint.model import Rule
from harness.rules.mutation.model import Change
from harness.rules.mutation.tokens import Token

EXPRESSION = ("expr",)


def replaced(rule: Rule, variant: str, token: Token, text: str, *, shown_from: Token | None = None) -> Change:
    """`token` written as `text`; what is shown of it begins at `shown_from`."""
    return cut(rule, variant, token.start, token.end, text, shown_from=shown_from)


def cut(rule: Rule, variant: str, start: int, end: int, text: str = "", *, shown_from: Token | None = None) -> Change:
    """What stands from `start` to `end` written as `text`."""
    before = rule.expr
    lead = before[shown_from.start : start] if shown_from is not None else ""
    return Change(
        variant=variant,
        field=EXPRESSION,
        before=" ".join((lead + before[start:end]).split()),
        after=" ".join((lead + text).split()),
        value=before[:start] + text + before[end:],
        start=start,
        end=end,
    )


def plain(number: float) -> str:
    """A number as one would write it."""
    return f"{number:.12g}"


def number_of(token: Token) -> float:
    """What a token of the kind "number" means."""
    return float(int(token.text, 16)) if token.text.lower().startswith("0x") else float(token.text)
