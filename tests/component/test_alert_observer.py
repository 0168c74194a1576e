"""Alerts of a real Prometheus: what fired is seen, when it fired, and the end of it."""

from __future__ import annotations

import http.server
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import yaml

from harness.clients.prometheus import Prometheus
from harness.errors import TargetError
from harness.facts.alert_history import compare, live_changes
from harness.facts.history import Fact
from harness.facts.timeline import Timeline
from harness.facts.timing import Deadline, RunClock, poll
from harness.observers.alerts import AlertObserver, read_alerts
from harness.observers.samples import SampleObserver
from tests.component.images import container

SCRAPE_S = EVALUATION_S = 1.0
WINDOW_S = 5.0
FOR_S = 2.0
JITTER_S = 0.1
"""By how much a busy machine's evaluations may be further apart than their interval."""
HIGH = "BuildFailureRateHigh"
LASTING = "BuildFailuresLast"
RULES = {
    "groups": [
        {
            "name": "builds",
            "rules": [
                {
                    "alert": HIGH,
                    "expr": f"sum(rate(build_failures_total[{WINDOW_S:.0f}s])) > 0",
                    "labels": {"severity": "critical"},
                    "annotations": {"summary": "builds fail"},
                },
                {
                    "alert": LASTING,
                    "expr": f"sum(rate(build_failures_total[{WINDOW_S:.0f}s])) > 0",
                    "for": f"{FOR_S:.0f}s",
                    "labels": {"severity": "warning"},
                },
            ],
        }
    ]
}


class Metrics(http.server.BaseHTTPRequestHandler):
    """A builder's metrics page with one counter that tests set."""

    failures = 0

    def do_GET(self) -> None:
        body = f"# TYPE build_failures_total counter\nbuild_failures_total {Metrics.failures}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        return


@pytest.fixture
def metrics_port() -> Iterator[int]:
    Metrics.failures = 0
    server = http.server.ThreadingHTTPServer(("0.0.0.0", 0), Metrics)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def prometheus(tmp_path: Path, metrics_port: int) -> Iterator[str]:
    config = {
        "global": {"scrape_interval": f"{SCRAPE_S:.0f}s", "evaluation_interval": f"{EVALUATION_S:.0f}s"},
        "rule_files": ["/etc/prometheus/rules.yaml"],
        "scrape_configs": [
            {"job_name": "builder", "static_configs": [{"targets": [f"host.docker.internal:{metrics_port}"]}]},
            {"job_name": "undiscovered", "file_sd_configs": [{"files": ["/etc/prometheus/none.json"]}]},
        ],
    }
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(RULES))
    tmp_path.chmod(0o755)
    for path in tmp_path.iterdir():
        path.chmod(0o644)
    server = (
        container("prometheus")
        .with_command("--config.file=/etc/prometheus/prometheus.yml --storage.tsdb.path=/tmp/data")
        .with_volume_mapping(str(tmp_path / "prometheus.yml"), "/etc/prometheus/prometheus.yml")
        .with_volume_mapping(str(tmp_path / "rules.yaml"), "/etc/prometheus/rules.yaml")
        .with_exposed_ports(9090)
        .with_kwargs(extra_hosts={"host.docker.internal": "host-gateway"})
    )
    with server:
        yield f"http://127.0.0.1:{server.get_exposed_port(9090)}"


def await_heartbeat(timeline: Timeline, since: float) -> Fact | None:
    return timeline.wait_until(
        lambda facts: next(iter(facts.of("heartbeat", since=since)), None), Deadline.after(timeline.clock, 15.0)
    )


def record(path: Path, timeline: Timeline, prometheus: Prometheus, seconds: float) -> None:
    """Write what Prometheus kept and what was seen live, for tests/unit/test_alert_history.py."""
    raw = {name: prometheus.raw(name, seconds) for name in ("ALERTS", "ALERTS_FOR_STATE", "up")}
    kept = {
        name: [{"labels": dict(series.labels), "samples": series.samples} for series in found]
        for name, found in raw.items()
    }
    seen = list(timeline.facts().of("alert"))
    path.write_bytes(msgspec.json.format(msgspec.json.encode({"seen": seen, "kept": kept}), indent=1) + b"\n")


def state(timeline: Timeline, wanted: str, alert: str = HIGH) -> Fact:
    found = timeline.wait_until(
        lambda facts: next((f for f in facts.of("alert", alert) if f.data["state"] == wanted), None),
        Deadline.after(timeline.clock, 30.0),
    )
    assert found is not None, f"{alert} never {wanted}: {list(timeline.facts())}"
    return found


def test_an_alert_is_seen_firing_and_resolved(prometheus: str, tmp_path: Path) -> None:
    timeline = Timeline(tmp_path / "timeline.jsonl", RunClock())
    opened = timeline.clock.now()
    observer = AlertObserver(timeline, prometheus)
    observer.start()
    rules = timeline.wait_until(
        lambda facts: next((f for f in facts.of("rules") if f.data["alerts"]), None),
        Deadline.after(timeline.clock, 15.0),
    )
    assert rules is not None
    assert rules.data["alerts"][0]["labels"] == {"severity": "critical"}
    samples = SampleObserver(timeline, prometheus, {"failures": "sum_over_time(build_failures_total[3s])"})
    samples.start()
    scraped = timeline.wait_until(
        lambda facts: next((f for f in facts.of("sample") if f.data["value"] == 0), None),
        Deadline.after(timeline.clock, 30.0),
    )
    samples.stop()
    assert scraped is not None
    error_s = SCRAPE_S + EVALUATION_S
    # Prometheus' own record is compared from where it has begun, to the error.
    assert await_heartbeat(timeline, since=scraped.at + 2 * error_s)
    Metrics.failures = 3
    failed_at = timeline.clock.now()
    firing = state(timeline, "firing")
    lasting = [state(timeline, wanted, LASTING) for wanted in ("pending", "firing", "inactive")]
    inactive = state(timeline, "inactive")
    assert await_heartbeat(timeline, since=inactive.at + 2 * error_s)
    observer.stop()
    client = Prometheus(prometheus)
    lived_s = timeline.clock.now() - opened
    history = read_alerts(client, lived_s, scrape_s=SCRAPE_S, evaluation_s=EVALUATION_S)
    if "RECORD_ALERTS" in os.environ:
        record(Path(os.environ["RECORD_ALERTS"]), timeline, client, lived_s)
    timeline.close()
    assert failed_at <= firing.at <= failed_at + error_s + 1.0
    assert firing.data["labels"]["severity"] == "critical"
    assert firing.data["annotations"] == {"summary": "builds fail"}
    assert lasting[0].at + FOR_S <= lasting[1].at <= lasting[0].at + FOR_S + EVALUATION_S + JITTER_S
    found = compare(live_changes(timeline.facts()), history, opened, timeline.clock.now())
    assert found.agree, found
    assert found.agreed == len(live_changes(timeline.facts())) == 5
    assert found.apart_s is not None
    assert found.apart_s <= error_s
    assert firing.at + WINDOW_S - error_s <= inactive.at <= firing.at + WINDOW_S + error_s + 1.0


def test_a_job_whose_targets_are_gone_is_not_well(prometheus: str) -> None:
    client = Prometheus(prometheus)
    deadline = Deadline.after(RunClock(), 30.0)
    down, _ = poll(_asked(client), lambda found: len(found) == 1, deadline, 0.25)
    assert down == ["undiscovered: no target was found"], "the one that answers is not down"


def _asked(client: Prometheus) -> Callable[[], list[str]]:
    """Its targets that are down; that it does not answer yet while it starts."""

    def look() -> list[str]:
        try:
            return client.targets_down()
        except TargetError as error:
            return [str(error), "not ready"]

    return look


def test_a_lost_prometheus_is_a_fact(tmp_path: Path, prometheus: str) -> None:
    timeline = Timeline(tmp_path / "timeline.jsonl", RunClock())
    observer = AlertObserver(timeline, prometheus)
    observer.start()
    observer._prometheus.url = "http://127.0.0.1:9"
    lost = timeline.wait_until(
        lambda facts: next((f for f in facts.of("observer") if f.data["event"] == "lost"), None),
        Deadline.after(timeline.clock, 10.0),
    )
    observer.stop()
    timeline.close()
    assert lost is not None
    assert "did not answer" in lost.data["why"]
