"""What is scraped, from saved pages and from a Prometheus that may not be one."""

from __future__ import annotations

import itertools
import json
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import promql_parser
import pytest

from harness.rules.lint import scraped
from harness.rules.lint.model import Rule
from harness.rules.lint.scraped import from_files, from_prometheus, still_query
from harness.rules.promtool import Trial, promtool, rules_name, run

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
def _server(answer: Callable[[str], tuple[int, bytes | Iterator[bytes]]]) -> Iterator[str]:
    """A server that gives these answers; one whose body comes in pieces tells no length, and ends when nobody reads."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(self.path)
            self.send_response(status)
            if isinstance(body, bytes):
                self.send_header("Content-Length", str(len(body)))
                body = iter([body])
            self.end_headers()
            with suppress(ConnectionError):
                for piece in body:
                    self.wfile.write(piece)

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


def _dripping(stop: threading.Event) -> Iterator[bytes]:
    """A byte of white space before the JSON, again and again, each soon enough for any time limit between two."""
    while not stop.wait(0.05):
        yield b" "


def test_a_prometheus_that_drips_is_given_up_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scraped, "_DEADLINE_S", 0.4)
    stop = threading.Event()
    with _server(lambda _: (200, _dripping(stop))) as url:
        began = time.monotonic()
        found = from_prometheus(url, [RULE])
        took_s = time.monotonic() - began
        stop.set()
    assert took_s < 5.0
    assert found.metrics is None
    assert [notice.file for notice in found.notices] == [url]


def test_one_that_drips_half_way_leaves_what_it_has_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scraped, "_DEADLINE_S", 0.6)
    stop = threading.Event()
    with _server(lambda path: (200, _dripping(stop)) if "series" in path else _prometheus(path)) as url:
        found = from_prometheus(url, [RULE])
        stop.set()
    assert found.metrics == {"x": "counter", "up": "untyped"}
    assert found.label_values == {}
    assert "1 of 1 metrics were not looked at" in found.notices[0].message


def test_an_answer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scraped, "_LARGEST_ANSWER", 1 << 20)
    with _server(lambda _: (200, itertools.repeat(b" " * 65536))) as url:
        found = from_prometheus(url, [RULE])
    assert found.metrics is None
    assert "an answer of more than 1 MiB" in found.notices[0].message


def _gauge(moved: bool) -> Callable[[str], tuple[int, bytes]]:
    def answer(path: str) -> tuple[int, bytes]:
        if "metadata" in path:
            return 200, b'{"status":"success","data":{"x":[{"type":"gauge"}]}}'
        if "/query" in path:
            result = [] if moved else [{"metric": {}, "value": [1, "0"]}]
            data = {"resultType": "vector", "result": result}
            return 200, json.dumps({"status": "success", "data": data}).encode()
        return _prometheus(path)

    return answer


@pytest.mark.parametrize("moved", [True, False])
def test_a_gauge_that_stood_still_is_known(moved: bool) -> None:
    with _server(_gauge(moved)) as url:
        found = from_prometheus(url, [RULE])
    assert found.still == (frozenset() if moved else {"x"})
    assert not found.notices


@pytest.mark.skipif(promtool() is None, reason="no promtool on PATH, and none can be had from Debian")
@pytest.mark.parametrize(
    ("values", "still"),
    [("3x160", True), ("3x100 4x60", False), ("_x100 3x60", False), ("1+1x160", False)],
    ids=["stood still for longer", "moved once", "is not a day old", "moves"],
)
def test_prometheus_itself_says_what_stood_still(values: str, still: bool) -> None:
    program = promtool()
    assert program is not None
    exp = [{"labels": "{}", "value": 0}] if still else []
    asked = {"expr": still_query("x"), "eval_time": "26h", "exp_samples": exp}
    test = {"interval": "10m", "input_series": [{"series": "x", "values": values}], "promql_expr_test": [asked]}
    trial = Trial(rules='{"groups":[]}', test=json.dumps({"rule_files": [rules_name(0)], "tests": [test]}))
    assert run(program, [trial]) == ["SUCCESS"]


def test_a_large_page_takes_little_memory(tmp_path: Path) -> None:
    """A label with a new value in each line, and more lines than may be kept."""
    lines = (f'requests_total{{id="{number:08}",pod="pod-{number % 50}"}} 1\n' for number in range(100_000))
    page = _page(tmp_path, "".join(lines))
    tracemalloc.start()
    found = from_files([page])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.label_values is not None
    assert found.label_values["requests_total"]["id"] == frozenset()
    assert len(found.label_values["requests_total"]["pod"]) == 50
    assert most < Path(page).stat().st_size / 4


def test_a_hole_of_a_gigabyte_is_one_notice(tmp_path: Path) -> None:
    with (tmp_path / "metrics").open("wb") as file:
        file.truncate(1 << 30)
    found = from_files([str(tmp_path / "metrics")])
    assert [notice.message for notice in found.notices] == [
        "it is no metrics page: a line of more than 1048576 characters"
    ]


def test_a_prometheus_that_is_not_there() -> None:
    assert len(from_prometheus("http://127.0.0.1:1", [RULE]).notices) == 1
    assert len(from_prometheus("no url", [RULE]).notices) == 1
