"""Alert states, as Prometheus' rule API tells them, with the instant of the evaluation that changed them."""

from __future__ import annotations

from harness.clients.prometheus import ActiveAlert, AlertRule, Prometheus
from harness.facts.alert_history import AlertHistory, read_history
from harness.facts.timeline import Timeline
from harness.observers.thread import ObserverThread

_POLL_S = 0.03
"""Well under the 50 ms within which a change must be seen; one poll costs Prometheus about 1 ms."""
_HEARTBEAT_S = 2.0

_Key = tuple[str, tuple[tuple[str, str], ...]]


def read_alerts(prometheus: Prometheus, seconds: float, *, scrape_s: float, evaluation_s: float) -> AlertHistory:
    """What Prometheus has kept of all alerts in the last `seconds`; both intervals in seconds. Raises TargetError."""
    # What had begun before is only known by its samples from before.
    seconds += 2 * (scrape_s + evaluation_s)
    return read_history(
        [(series.labels, [at for at, _ in series.samples]) for series in prometheus.raw("ALERTS", seconds)],
        [
            (series.labels, [value for _, value in series.samples])
            for series in prometheus.raw("ALERTS_FOR_STATE", seconds)
        ],
        [[at for at, _ in series.samples] for series in prometheus.raw("up", seconds)],
        evaluation_s=evaluation_s,
        scrape_s=scrape_s,
    )


class AlertObserver(ObserverThread):
    """Records a "rules" fact for each change of the rules, an "alert" fact for each change of a state."""

    source = "prometheus"

    def __init__(self, timeline: Timeline, url: str) -> None:
        super().__init__(timeline)
        self._prometheus = Prometheus(url)
        self._rules: list[dict[str, object]] = []
        self._states: dict[_Key, str] = {}
        self._evaluated = 0.0

    def watch(self) -> None:
        while not self.stopping.is_set():
            rules = self._prometheus.alert_rules()
            self.sighted()
            self._note_rules(rules)
            self._note_states(rules)
            self._note_heartbeat(rules)
            self.stopping.wait(_POLL_S)

    def _note_rules(self, rules: list[AlertRule]) -> None:
        described: list[dict[str, object]] = [
            {"name": r.name, "query": r.query, "for_s": r.for_s, "labels": dict(r.labels), "health": r.health}
            for r in rules
        ]
        if described != self._rules or not self._evaluated:
            self._rules = described
            self.record("rules", "prometheus", alerts=described)

    def _note_states(self, rules: list[AlertRule]) -> None:
        seen: dict[_Key, tuple[AlertRule, ActiveAlert]] = {
            (rule.name, active.labels): (rule, active) for rule in rules for active in rule.active
        }
        evaluated = {rule.name: rule.evaluated_at for rule in rules}
        for key, (rule, active) in seen.items():
            if self._states.get(key) != active.state:
                self._states[key] = active.state
                at = active.active_at if active.state == "pending" else rule.evaluated_at
                self.record(
                    "alert",
                    rule.name,
                    at=at,
                    state=active.state,
                    labels=dict(active.labels),
                    annotations=dict(active.annotations),
                    value=active.value,
                )
        for key in [key for key in self._states if key not in seen]:
            del self._states[key]
            name, labels = key
            self.record("alert", name, at=evaluated.get(name), state="inactive", labels=dict(labels))

    def _note_heartbeat(self, rules: list[AlertRule]) -> None:
        evaluated = max((rule.evaluated_at for rule in rules), default=0.0)
        if evaluated >= self._evaluated + _HEARTBEAT_S or not self._evaluated:
            self._evaluated = evaluated or 1.0
            self.record("heartbeat", "prometheus", at=evaluated or None, rules=len(rules))
