"""Rules and findings as plain data, shared by everything that lints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Protocol

import msgspec


class Severity(StrEnum):
    """ERROR: Prometheus' own engine has shown it. WARNING: very likely. HINT: worth a look."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """An alerting or a recording rule, where it stands.

    Attributes:
        file: as it was named by the caller.
        line: of the rule's first line in the file, from 1; `expr_line`: of its expression.
        group: its group's name; `interval_s`: how often the group is evaluated, None when left to the configuration.
        alert, record: one of the two, the other is "".
        expr: PromQL as written, `ast` the same parsed by promql-parser.
        for_s, keep_firing_for_s: seconds, 0 when not given.
    """

    file: str
    line: int
    expr_line: int
    group: str
    interval_s: float | None
    alert: str = ""
    record: str = ""
    expr: str
    ast: Any
    for_s: float = 0.0
    keep_firing_for_s: float = 0.0
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}

    @property
    def name(self) -> str:
        """The alert's name, or the recorded metric's."""
        return self.alert or self.record


class Sample(msgspec.Struct, frozen=True):
    """One series of a proof, in promtool's own notation: `build_failures_total{job="a"}` and "0x10 1+1x50"."""

    series: str
    values: str


class Expected(StrEnum):
    """What a sound rule does on the series of a proof."""

    FIRES = "fires"
    STAYS_QUIET = "stays quiet"


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Series, and what a sound rule would do on them; the suspicion is confirmed when the rule does otherwise.

    Attributes:
        story: what the series stand for, in one sentence ("every tenth build fails for ten minutes").
        samples: the series, one value each `interval_s`.
        at_s: the instants at which the alert is looked at, seconds from the first sample.
        expected: at every one of `at_s` for STAYS_QUIET, at one of them at least for FIRES.
        mended: the rule as it should be. When given, the engine must show that it does what is expected on these very
            series; if it does not, the series are no fair ones and prove nothing.
    """

    story: str
    interval_s: float
    samples: tuple[Sample, ...]
    at_s: tuple[float, ...]
    expected: Expected
    mended: Rule | None = None


class Suspicion(msgspec.Struct, frozen=True, kw_only=True):
    """What a check believes is wrong. Without a proof it is told as `severity`, which is never ERROR; with one it is an
    ERROR when the engine confirms it, and is told as `unproven` (None: not at all) when it does not."""

    check: str
    rule: Rule
    message: str
    severity: Severity = Severity.WARNING
    mend: str = ""
    proof: Proof | None = None
    unproven: Severity | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What is told. `evidence`: the story and the series that show it, "" without a proof."""

    file: str
    rule: str
    line: int
    check: str
    severity: Severity
    message: str
    mend: str = ""
    evidence: str = ""

    def __repr__(self) -> str:
        """Short enough for a failed assertion to be read."""
        return f"<{self.severity.value} {self.file}:{self.line} {self.rule}: {self.message} [{self.check}]>"


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What checks may know beside the rule.

    Attributes:
        rules: all rules of all files.
        metrics: what is scraped: metric name, as PromQL has it (`x_bucket`, not `x`), to its type ("counter", "gauge",
            "histogram", "summary", "untyped"); None when nobody said.
        label_values: metric name to label name to the values seen, none of them when there were too many to keep; a
            metric that was not looked at is missing. None when nobody said.
        target_labels_known: whether `label_values` has the labels that Prometheus adds (`job`, `instance`, relabelled
            ones); saved pages have not.
        still: metrics that are known not to have changed for a day.
        scrape_interval_s, evaluation_interval_s: of the configuration, or Prometheus' defaults.
        severity_labels, summary_annotations, runbook_annotations: of each one is enough; none at all asks for nothing.
    """

    rules: tuple[Rule, ...]
    metrics: Mapping[str, str] | None = None
    label_values: Mapping[str, Mapping[str, frozenset[str]]] | None = None
    target_labels_known: bool = False
    still: frozenset[str] = frozenset()
    scrape_interval_s: float = 60.0
    evaluation_interval_s: float = 60.0
    severity_labels: tuple[str, ...] = ("severity",)
    summary_annotations: tuple[str, ...] = ("summary", "description", "message")
    runbook_annotations: tuple[str, ...] = ("runbook_url", "runbook")


class Check(Protocol):
    """A module of `checks/` has this function; its name is the check's, with dashes."""

    def check(self, rule: Rule, context: Context) -> Iterable[Suspicion]:
        """Everything this check believes is wrong with the rule."""
        ...
