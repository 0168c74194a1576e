"""What is scraped, from saved pages and from a Prometheus that may not be one."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import promql_parser
import pytest

from harness.rules.lint import scraped
from harness.rules.lint.model import Rule
from harness.rules.lint.scraped import from_files, from_prometheus

PAGE = """\
# HELP builds_total Builds.
# TYPE builds_total counter
builds_total{job="a",path="x,\\"y\\""} 5 1700000000
builds_total{job="b",path="z"} 6
# TYPE wait_seconds histogram
wait_seconds_bucket{le="+Inf"} 1
wait_seconds_count 1
# TYPE unborn_total counter
plain 3
"""
RULE = Rule(
    file="a", line=1, expr_line=1, group="g", interval_s=None, alert="A", expr="x",
    ast=promql_parser.parse("rate(x[5m])"),
)  # fmt: skip


def _page(folder: Path, text: str) -> str:
    (folder / "metrics").write_text(text)
    return str(folder / "metrics")


def test_a_page(tmp_path: Path) -> None:
    found = from_files([_page(tmp_path, PAGE)])
    assert found.metrics is not None
    assert found.label_values is not None
    assert found.metrics["builds_total"] == found.metrics["unborn_total"] == "counter"
    assert found.metrics["wait_seconds_bucket"] == "histogram"
    assert found.metrics["plain"] == "untyped"
    assert found.metrics["up"] == "gauge"
    assert found.label_values["builds_total"]["job"] == {"a", "b"}
    assert set(found.label_values["builds_total"]) == {"job", "path"}
    assert not found.notices
    assert not found.target_labels_known


def test_open_metrics(tmp_path: Path) -> None:
    found = from_files(
        [_page(tmp_path, '# TYPE builds counter\nbuilds_total{a="b"} 1 # {id="x"} 1\nbuilds_created 1\n# EOF\n')]
    )
    assert found.metrics is not None
    assert (found.metrics["builds_total"], found.metrics["builds_created"]) == ("counter", "gauge")


def test_a_label_with_too_many_values_keeps_its_name_alone(tmp_path: Path) -> None:
    found = from_files([_page(tmp_path, "".join(f'x{{id="{number}"}} 1\n' for number in range(1000)))])
    assert found.label_values == {"x": {"id": frozenset()}}


def test_too_many_metrics_are_no_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scraped, "_MOST_METRICS", 10)
    found = from_files([_page(tmp_path, "".join(f"x{number} 1\n" for number in range(12)))])
    assert found.metrics is None
    assert [notice.line for notice in found.notices] == [11]


@pytest.mark.parametrize(("text", "line"), [("", 1), ("<html>\n", 1), ("x 1\n<html>\n", 2), ("y" * 2_000_000, 1)])
def test_what_is_no_page_is_one_notice(tmp_path: Path, text: str, line: int) -> None:
    assert [notice.line for notice in from_files([_page(tmp_path, text)]).notices] == [line]


def test_a_missing_page_is_one_notice(tmp_path: Path) -> None:
    found = from_files([str(tmp_path / "none")])
    assert found.metrics is None
    assert len(found.notices) == 1


@contextmanager
def _server(answer: Callable[[str], tuple[int, bytes]]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _prometheus(path: str) -> tuple[int, bytes]:
    data: object = [{"__name__": "x", "job": "a"}, {"__name__": "x", "job": "b"}]
    if "__name__/values" in path:
        data = ["x", "up"]
    elif "metadata" in path:
        data = {"x": [{"type": "counter", "help": "", "unit": ""}]}
    return 200, json.dumps({"status": "success", "data": data}).encode()


def test_a_prometheus() -> None:
    with _server(_prometheus) as url:
        found = from_prometheus(url, [RULE])
    assert found.metrics == {"x": "counter", "up": "untyped"}
    assert found.label_values == {"x": {"job": frozenset({"a", "b"})}}
    assert found.target_labels_known
    assert not found.notices


@pytest.mark.parametrize(
    "answer",
    [
        (500, b"broken"),
        (200, b"<html>"),
        (200, b'{"status":"success","data":[1]}'),
        (200, b'{"status":"success","data":[]}'),
        (200, b'{"status":"error","error":"no"}'),
    ],
    ids=["500", "no JSON", "lies", "nothing scraped", "says no"],
)
def test_a_prometheus_that_is_none_is_one_notice(answer: tuple[int, bytes]) -> None:
    with _server(lambda _: answer) as url:
        found = from_prometheus(url, [RULE])
    assert found.metrics is None
    assert len(found.notices) == 1


def test_a_prometheus_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scraped, "_ANSWER_S", 0.2)
    released = threading.Event()

    def hang(_: str) -> tuple[int, bytes]:
        released.wait(10)
        return 200, b""

    with _server(hang) as url:
        found = from_prometheus(url, [RULE])
        released.set()
    assert len(found.notices) == 1


def test_a_prometheus_that_is_not_there() -> None:
    assert len(from_prometheus("http://127.0.0.1:1", [RULE]).notices) == 1
    assert len(from_prometheus("no url", [RULE]).notices) == 1
