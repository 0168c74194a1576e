"""For people: each finding with its place, what to do, and for what was shown the picture that shows it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.text import Text

from harness.rules.lint.model import Finding, Severity

_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.HINT: "cyan"}
_BARS = "▁▂▃▄▅▆▇█"
_WIDTH = 60
_MOST_SERIES = 8

Curve = Sequence[tuple[float, float | None]]


def show(findings: Sequence[Finding], console: Console, pictures: Mapping[int, str], *, files: int, rules: int) -> None:
    """The findings, and one line that counts them. `pictures`: by the finding's place in `findings`."""
    for number, finding in enumerate(findings):
        head = Text(f"{finding.file}:{finding.line}: ")
        head.append(finding.severity.value, style=_COLOURS[finding.severity])
        head.append(f": {finding.rule + ': ' if finding.rule else ''}{finding.message} [{finding.check}]")
        _line(console, head)
        if finding.mend:
            _line(console, Text(f"    mend: {finding.mend}"))
        if finding.evidence:
            story, *series = finding.evidence.split("\n")
            _line(console, Text(f"    shown: {story}"))
            for one in series[:_MOST_SERIES]:
                _line(console, Text(f"      {one}", style="dim"))
            if len(series) > _MOST_SERIES:
                _line(console, Text(f"      and {len(series) - _MOST_SERIES} more", style="dim"))
        for line in pictures.get(number, "").splitlines():
            _line(console, Text(f"    {line}"))
    count = Counter(finding.severity for finding in findings)
    told = ", ".join(f"{count[severity]} {severity.value}s" for severity in Severity)
    _line(console, Text(f"{rules} rules in {files} files: {told}"))


def picture(curve: Curve, operator: str, threshold: float | None) -> str:
    """The expression over time as bars, beside its limit: `▁▂▅█  0 to 0.4 in 10 min, limit > 0.5`; "" without values.

    A gap is an instant at which the expression had no value.
    """
    values = [value for _, value in curve if value is not None]
    if not values:
        return ""
    step = max(1, -(-len(curve) // _WIDTH))
    low, high = min(values), max(values)
    bottom, top = (min(low, threshold), max(high, threshold)) if threshold is not None else (low, high)
    bars = "".join(" " if value is None else _bar(value, bottom, top) for _, value in curve[::step])
    minutes = (curve[-1][0] - curve[0][0]) / 60
    limit = f", limit {operator} {threshold:g}" if threshold is not None else ""
    return f"{bars}  {low:g} to {high:g} in {minutes:g} min{limit}"


def _bar(value: float, bottom: float, top: float) -> str:
    share = (value - bottom) / (top - bottom) if top > bottom else 0.0
    return _BARS[round(share * (len(_BARS) - 1))] if not math.isnan(share) else " "


def _line(console: Console, text: Text) -> None:
    console.print(text, soft_wrap=True, highlight=False)
