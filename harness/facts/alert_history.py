"""What Prometheus itself keeps of its alerts, and how it compares with what was seen of them live.

Prometheus writes a sample of ALERTS for each active alert at each evaluation. The first one of a state tells when it
was entered, to the evaluation; the last one that it ended within one evaluation of it. ALERTS_FOR_STATE has as its
value since when the alert is active.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from harness.facts.history import Fact, History

Labels = tuple[tuple[str, str], ...]

ON_ALERTS = frozenset(
    {
        "alert-pending", "alert-fires", "alert-resolves", "alert-inactive", "only-expected-alerts", "no-alert-left",
        "incident-over",
    }
)  # fmt: skip
"""Checkers that decide from what was seen live of alerts."""

_RUN_BREAK = 1.5
"""More evaluations than this without a sample: the alert was inactive in between."""


class StateSeries(msgspec.Struct, frozen=True):
    """The samples of one alert, label set and state. `at`: seconds since the epoch, oldest first."""

    alert: str
    state: str
    labels: dict[str, str]
    at: list[float]


class AlertHistory(msgspec.Struct, frozen=True):
    """Prometheus' own record.

    Attributes:
        states: samples of ALERTS.
        active_since: by the same alerts, the values of ALERTS_FOR_STATE: since when each was active, oldest first.
        kept: from when to when Prometheus has samples at all, without a break.
        evaluation_s: between two evaluations.
        error_s: by how much a time may be off: one scrape plus one evaluation.
    """

    states: list[StateSeries]
    active_since: list[StateSeries]
    kept: list[tuple[float, float]]
    evaluation_s: float
    error_s: float

    def has(self, at: float) -> bool:
        """Whether Prometheus was there to see that instant."""
        return any(begun <= at <= ended for begun, ended in self.kept)


@dataclass(frozen=True)
class Change:
    """An alert's label set entered `state` (pending, firing or inactive) at `at`, seconds since the epoch."""

    at: float
    alert: str
    state: str
    labels: Labels

    def __str__(self) -> str:
        return f"{self.alert} {self.state}"


@dataclass(frozen=True)
class Comparison:
    """What one side has and the other has not, beyond the time error; `apart_s` is the most that what both have is
    apart, None when there is nothing that both have."""

    only_live: list[Change]
    only_kept: list[Change]
    agreed: int
    apart_s: float | None

    @property
    def agree(self) -> bool:
        return not self.only_live and not self.only_kept


def read_history(
    alerts: Iterable[tuple[Labels, Sequence[float]]],
    for_state: Iterable[tuple[Labels, Sequence[float]]],
    seen: Iterable[Sequence[float]],
    *,
    evaluation_s: float,
    scrape_s: float,
) -> AlertHistory:
    """The history in raw series: labels and sample times of ALERTS, labels and values of ALERTS_FOR_STATE, and the
    sample times of any series that are there as long as Prometheus is."""
    moments = sorted({at for times in seen for at in times})
    breaks = (_RUN_BREAK + 1) * scrape_s
    return AlertHistory(
        states=[_series(labels, at) for labels, at in alerts],
        active_since=[_series(labels, sorted(set(at))) for labels, at in for_state],
        kept=[(run[0], run[-1]) for run in _runs(moments, breaks)],
        evaluation_s=evaluation_s,
        error_s=scrape_s + evaluation_s,
    )


def kept_changes(history: AlertHistory) -> list[Change]:
    """All changes of state that Prometheus' own record shows, in order."""
    found: list[Change] = []
    by_alert: dict[tuple[str, Labels], dict[float, str]] = {}
    for series in history.states:
        samples = by_alert.setdefault((series.alert, _key(series.labels)), {})
        samples.update(dict.fromkeys(series.at, series.state))
    for (alert, labels), samples in by_alert.items():
        for run in _runs(sorted(samples), _RUN_BREAK * history.evaluation_s):
            before = ""
            for at in run:
                if samples[at] != before:
                    before = samples[at]
                    entered = _active_since(history, alert, labels, at) if before == "pending" else at
                    found.append(Change(entered, alert, before, labels))
            ended = run[-1] + history.evaluation_s
            if history.has(ended):
                found.append(Change(ended, alert, "inactive", labels))
    return sorted(found, key=lambda change: change.at)


def live_changes(facts: History) -> list[Change]:
    """All changes of state that were seen live, in order."""
    return sorted(
        (Change(f.at, f.subject, f.data["state"], _key(f.data["labels"])) for f in facts.of("alert")),
        key=lambda change: change.at,
    )


def compare(live: Sequence[Change], history: AlertHistory, since: float, until: float) -> Comparison:
    """Pair what was seen live with what was kept, each change with the nearest one of the same alert and state.

    What happened outside of [since, until], or when Prometheus kept nothing, is not compared; of what is within the
    error of a border only what has no partner is left out.
    """
    rest = kept_changes(history)
    only_live, distances = [], []
    for change in live:
        partner = min(
            (
                other
                for other in rest
                if (other.alert, other.state, other.labels) == (change.alert, change.state, change.labels)
                and abs(other.at - change.at) <= history.error_s
            ),
            key=lambda other: abs(other.at - change.at),
            default=None,
        )
        if partner is not None:
            rest.remove(partner)
            distances.append(abs(partner.at - change.at))
        elif _is_inside(change, history, since, until):
            only_live.append(change)
    only_kept = [change for change in rest if _is_inside(change, history, since, until)]
    return Comparison(only_live, only_kept, len(distances), max(distances, default=None))


def as_kept(facts: History, history: AlertHistory, until: float) -> list[Fact]:
    """`facts`, with what was seen live of alerts replaced by what Prometheus kept of them up to `until`, wherever it
    kept anything. Alerts come first, in the order of their times, and all are numbered anew."""
    annotations = {(f.subject, _key(f.data["labels"])): f.data.get("annotations", {}) for f in facts.of("alert")}
    unkept = [f for f in facts.of("alert") if not history.has(f.at)]
    kept = [
        Fact(
            seq=0,
            at=change.at,
            seen=change.at,
            kind="alert",
            subject=change.alert,
            source="prometheus",
            data={
                "state": change.state,
                "labels": dict(change.labels),
                "annotations": annotations.get((change.alert, change.labels), {}),
            },
        )
        for change in kept_changes(history)
        if change.at <= until
    ]
    alerts = sorted([*unkept, *kept], key=lambda f: f.at)
    others = (f for f in facts if f.kind != "alert")
    return [msgspec.structs.replace(f, seq=seq) for seq, f in enumerate([*alerts, *others])]


def _series(labels: Labels, at: Sequence[float]) -> StateSeries:
    named = dict(labels)
    state = named.pop("alertstate", "")
    return StateSeries(alert=named["alertname"], state=state, labels=_without_name(named), at=list(at))


def _without_name(labels: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in labels.items() if name not in ("__name__", "alertstate")}


def _key(labels: dict[str, str]) -> Labels:
    return tuple(sorted(labels.items()))


def _active_since(history: AlertHistory, alert: str, labels: Labels, first_sample: float) -> float:
    """The start that ALERTS_FOR_STATE has for what was first sampled then."""
    starts = [
        start
        for series in history.active_since
        if (series.alert, _key(series.labels)) == (alert, labels)
        for start in series.at
        if start <= first_sample
    ]
    return max(starts, default=first_sample)


def _runs(moments: Sequence[float], break_s: float) -> list[list[float]]:
    runs: list[list[float]] = []
    for at in moments:
        if runs and at - runs[-1][-1] <= break_s:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def _is_inside(change: Change, history: AlertHistory, since: float, until: float) -> bool:
    error = history.error_s
    sure = history.has(change.at - error) and history.has(change.at) and history.has(change.at + error)
    return sure and since + error <= change.at <= until - error
