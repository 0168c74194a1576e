"""What the alert rules saw of a scenario: the raw series behind their selectors, short enough to be kept as one fact.

A series is written as promtool writes one: `1x4` is 1 five times, `_x3` three times nothing, `_` once. Values stand one
scrape apart. Prometheus aligns its scrapes to that grid itself, so that nothing but milliseconds are lost.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import msgspec

from harness.errors import UsageError

Labels = tuple[tuple[str, str], ...]


class InputSeries(msgspec.Struct, frozen=True):
    """One series. `labels` with `__name__`; `first`: when its first value was scraped, seconds since the epoch."""

    labels: dict[str, str]
    first: float
    values: str


class RuleInputs(msgspec.Struct, frozen=True, kw_only=True):
    """What was scraped while a scenario ran, and long enough before it for the widest window.

    Attributes:
        rules: text of the rule file as it was deployed, its durations divided by `factor`.
        factor: 1 for production's own durations.
        scrape_s: between two values; `evaluation_s`: between two evaluations of the rules.
        began: when the scenario did, `until`: when this was read, seconds since the epoch.
        series: of every metric that the rules name, all series, also those that no rule selects: a rule that selects
            too much is seen only on them.
    """

    rules: str
    factor: int
    scrape_s: float
    evaluation_s: float
    began: float
    until: float
    series: list[InputSeries]


def as_inputs(raw: Iterable[tuple[Labels, Sequence[tuple[float, float]]]], scrape_s: float) -> list[InputSeries]:
    """Raw series, samples as (seconds since the epoch, value), oldest first; those without samples are left out."""
    return [
        InputSeries(labels=dict(labels), first=samples[0][0], values=written(_on_grid(samples, scrape_s)))
        for labels, samples in sorted(raw)
        if samples
    ]


def written(values: Iterable[float | None]) -> str:
    """Values in promtool's notation; None where nothing was scraped."""
    return " ".join(_run(text, sum(1 for _ in run)) for text, run in groupby(_text(value) for value in values))


def values_of(series: InputSeries) -> list[float | None]:
    """The values again, one for each scrape from `first` on.

    Raises:
        UsageError: the text is none that `written` writes.
    """
    return [value for item in series.values.split() for value in _read(item)]


def _on_grid(samples: Sequence[tuple[float, float]], step_s: float) -> list[float | None]:
    first = samples[0][0]
    by_step = {round((at - first) / step_s): value for at, value in samples}
    return [by_step.get(step) for step in range(max(by_step) + 1)]


def _text(value: float | None) -> str:
    if value is None:
        return "_"
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _run(text: str, length: int) -> str:
    if length == 1:
        return text
    # promtool counts how often nothing comes, and how often a value comes again.
    return f"_x{length}" if text == "_" else f"{text}x{length - 1}"


def _read(item: str) -> Iterator[float | None]:
    text, _, count = item.partition("x")
    try:
        again = int(count) if count else 0
        if text == "_":
            return iter([None] * (again or 1))
        return iter([float(text)] * (again + 1))
    except ValueError as error:
        raise UsageError(f"{item!r} is no value of a series", todo="record the run again") from error
