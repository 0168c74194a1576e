"""Alerts of a real Prometheus: what fired is seen, when it fired, and the end of it."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from harness.observers.alerts import AlertObserver
from harness.observers.samples import SampleObserver
from harness.timeline import Fact, Timeline
from harness.timing import Deadline, RunClock
from tests.component.images import container

SCRAPE_S = EVALUATION_S = 1.0
WINDOW_S = 5.0
RULES = {
    "groups": [
        {
            "name": "builds",
            "rules": [
                {
                    "alert": "BuildFailureRateHigh",
                    "expr": f"sum(rate(build_failures_total[{WINDOW_S:.0f}s])) > 0",
                    "labels": {"severity": "critical"},
                }
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
            {"job_name": "builder", "static_configs": [{"targets": [f"host.docker.internal:{metrics_port}"]}]}
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


def state(timeline: Timeline, wanted: str) -> Fact:
    found = timeline.wait_until(
        lambda facts: next((f for f in facts if f.kind == "alert" and f.data["state"] == wanted), None),
        Deadline.after(timeline.clock, 30.0),
    )
    assert found is not None, f"never {wanted}: {timeline.facts()}"
    return found


def test_an_alert_is_seen_firing_and_resolved(prometheus: str, tmp_path: Path) -> None:
    timeline = Timeline(tmp_path / "timeline.jsonl", RunClock())
    observer = AlertObserver(timeline, prometheus)
    observer.start()
    rules = timeline.wait_until(
        lambda facts: next((f for f in facts if f.kind == "rules" and f.data["alerts"]), None),
        Deadline.after(timeline.clock, 15.0),
    )
    assert rules is not None
    assert rules.data["alerts"][0]["labels"] == {"severity": "critical"}
    samples = SampleObserver(timeline, prometheus, {"failures": "sum_over_time(build_failures_total[3s])"})
    samples.start()
    scraped = timeline.wait_until(
        lambda facts: next((f for f in facts if f.kind == "sample" and f.data["value"] == 0), None),
        Deadline.after(timeline.clock, 30.0),
    )
    samples.stop()
    assert scraped is not None
    Metrics.failures = 3
    failed_at = timeline.clock.now()
    firing = state(timeline, "firing")
    inactive = state(timeline, "inactive")
    observer.stop()
    timeline.close()
    error_s = SCRAPE_S + EVALUATION_S
    assert failed_at <= firing.at <= failed_at + error_s + 1.0
    assert firing.data["labels"]["severity"] == "critical"
    assert firing.at + WINDOW_S - error_s <= inactive.at <= firing.at + WINDOW_S + error_s + 1.0


def test_a_lost_prometheus_is_a_fact(tmp_path: Path, prometheus: str) -> None:
    timeline = Timeline(tmp_path / "timeline.jsonl", RunClock())
    observer = AlertObserver(timeline, prometheus)
    observer.start()
    observer._prometheus.url = "http://127.0.0.1:9"
    lost = timeline.wait_until(
        lambda facts: next((f for f in facts if f.kind == "observer" and f.data["event"] == "lost"), None),
        Deadline.after(timeline.clock, 10.0),
    )
    observer.stop()
    timeline.close()
    assert lost is not None
    assert "did not answer" in lost.data["why"]
