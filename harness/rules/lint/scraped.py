"""What is scraped: from a Prometheus, or from saved /metrics pages, of any size and in little memory.

What was asked and does not answer, or answers nonsense, is one notice; the rules are looked at without it.
"""

from __future__ import annotations

import re
import stat
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import promql_parser
import requests

from harness.rules.lint.model import Finding, Rule, Severity

_DEADLINE_S = 30.0
_ANSWER_S = 10.0
_LARGEST_ANSWER = 64 * 1024 * 1024
_CHUNK = 64 * 1024
_LONGEST_LINE = 1024 * 1024
_MOST_METRICS, _MOST_VALUES, _MOST_LABELS = 100_000, 500, 1_000_000
_TYPES = {"counter", "gauge", "histogram", "summary"}
_SUFFIXES = ("_bucket", "_count", "_sum", "_total", "_created", "_info", "_gcount", "_gsum")
# Prometheus makes these itself, for every target or rule.
_OWN = (
    "up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling",
    "scrape_series_added", "ALERTS", "ALERTS_FOR_STATE",
)  # fmt: skip
_NAME = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{|[ \t])")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')

T = TypeVar("T")


class Scraped(msgspec.Struct, frozen=True, kw_only=True):
    """As in `Context`, and what to tell about where it comes from."""

    metrics: Mapping[str, str] | None = None
    label_values: Mapping[str, Mapping[str, frozenset[str]]] | None = None
    target_labels_known: bool = False
    still: frozenset[str] = frozenset()
    notices: tuple[Finding, ...] = ()


class TooMuch(Exception):
    """More than what can be metrics; `line` from 1 in a file, 0 elsewhere."""

    def __init__(self, what: str, line: int = 0) -> None:
        super().__init__(what)
        self.line = line


class _Seen:
    """Metrics with their labels' values, of which only so many are kept."""

    def __init__(self) -> None:
        self.types: dict[str, str] = {}
        self.values: dict[str, dict[str, set[str] | None]] = {}
        self._labels = 0

    def family(self, name: str, kind: str) -> None:
        self.types[name] = kind
        if len(self.types) > _MOST_METRICS:
            raise TooMuch(f"more than {_MOST_METRICS} different metrics")

    def series(self, metric: str, labels: Iterable[tuple[str, str]]) -> None:
        of_metric = self.values.get(metric)
        if of_metric is None:
            if len(self.values) >= _MOST_METRICS:
                raise TooMuch(f"more than {_MOST_METRICS} different metrics")
            of_metric = self.values[metric] = {}
        for name, value in labels:
            if name not in of_metric:
                self._labels += 1
                if self._labels > _MOST_LABELS:
                    raise TooMuch(f"more than {_MOST_LABELS} different labels")
                of_metric[name] = {value}
            elif (known := of_metric[name]) is not None and value not in known:
                if len(known) < _MOST_VALUES and len(value) < 1000:
                    known.add(value)
                else:
                    of_metric[name] = None

    def scraped(self, *, target_labels_known: bool, notices: tuple[Finding, ...] = ()) -> Scraped:
        return Scraped(
            metrics={name: self._type(name) for name in {*self.values, *self._unborn(), *_OWN}},
            label_values={
                metric: {name: frozenset(values or ()) for name, values in labels.items()}
                for metric, labels in self.values.items()
            },
            target_labels_known=target_labels_known,
            notices=notices,
        )

    def _unborn(self) -> Iterator[str]:
        """Metrics of families that are announced and have no series yet."""
        for family in self.types:
            names = (family, *(family + suffix for suffix in _SUFFIXES))
            if not any(name in self.values for name in names):
                yield from names

    def _type(self, name: str) -> str:
        return type_of(name, self.types) if name not in _OWN else "gauge"


def type_of(name: str, families: Mapping[str, str]) -> str:
    """The type of a metric, `x_bucket`, by those of the families, `x`; "untyped" when nobody says."""
    if name in families:
        return families[name]
    for suffix in _SUFFIXES:
        family = name.removesuffix(suffix)
        if family != name and family in families:
            if suffix == "_created":
                return "gauge"
            return families[family]
    return "untyped"


def from_files(names: Sequence[str]) -> Scraped:
    """What the saved pages of these names hold, Prometheus' format or OpenMetrics'; a notice for each that fails."""
    seen = _Seen()
    notices: list[Finding] = []
    for name in names:
        try:
            with _opened(Path(name)) as lines:
                wrong = _read_page(lines, seen)
            if wrong:
                notices.append(_notice(name, wrong, "this line is no metric; it and others like it were skipped"))
        except OSError as error:
            notices.append(_notice(name, 1, f"it cannot be read: {error.strerror or error}"))
        except TooMuch as error:
            return Scraped(notices=(*notices, _notice(name, error.line or 1, f"it is no metrics page: {error}")))
    if not seen.values:
        notices += [_notice(name, 1, "there is no metric in it") for name in names if not notices]
        return Scraped(notices=tuple(notices))
    return seen.scraped(target_labels_known=False, notices=tuple(notices))


def from_prometheus(url: str, rules: Sequence[Rule]) -> Scraped:
    """What this Prometheus has scraped of late: all metrics' names, and the labels of those the rules use.

    Never takes longer than `_DEADLINE_S`; labels not fetched by then are left out.
    """
    until = time.monotonic() + _DEADLINE_S
    base = url.rstrip("/") + "/api/v1"
    seen = _Seen()
    try:
        names = _get(f"{base}/label/__name__/values", {}, list[str], until)
        families = _get(f"{base}/metadata", {}, dict[str, list[_Metadata]], until)
    except (requests.RequestException, msgspec.MsgspecError, TooMuch, TimeoutError, ValueError) as error:
        return Scraped(notices=(_notice(url, 1, f"this Prometheus was not asked what it scrapes: {_short(error)}"),))
    if not names:
        return Scraped(notices=(_notice(url, 1, "this Prometheus has no metrics: nothing was compared with them"),))
    seen.types = {family: _known(said[0].type) for family, said in families.items() if said}
    known = {name: type_of(name, seen.types) for name in names}
    notices: tuple[Finding, ...] = ()
    still: set[str] = set()
    wanted = sorted(used(rules) & known.keys())
    for done, metric in enumerate(wanted):
        try:
            for labels in _get(f"{base}/series", {"match[]": f'{{__name__="{metric}"}}'}, list[dict[str, str]], until):
                seen.series(metric, ((name, value) for name, value in labels.items() if name != "__name__"))
            if known[metric] == "gauge" and _stood_still(base, metric, until):
                still.add(metric)
        except TooMuch:
            seen.values.pop(metric, None)
        except (requests.RequestException, msgspec.MsgspecError, TimeoutError, ValueError) as error:
            seen.values.pop(metric, None)
            unseen = f"labels and changes of {len(wanted) - done} of {len(wanted)} metrics were not looked at"
            notices = (_notice(url, 1, f"{unseen}: {_short(error)}"),)
            break
    fetched = seen.scraped(target_labels_known=True).label_values
    return Scraped(
        metrics=known, label_values=fetched, target_labels_known=True, still=frozenset(still), notices=notices
    )


def _stood_still(base: str, metric: str, until: float) -> bool:
    return bool(_get(f"{base}/query", {"query": still_query(metric)}, _Vector, until).result)


def still_query(metric: str) -> str:
    """PromQL that has a result when the metric was there a day ago and none of its series has changed since."""
    selector = f'{{__name__="{metric}"}}'
    return f"max(changes({selector}[1d])) == 0 and max(count_over_time({selector}[2h] offset 22h)) > 0"


def used(rules: Iterable[Rule]) -> set[str]:
    """The metrics that rules name."""
    names: set[str] = set()

    def visit(node: Any) -> None:
        if isinstance(node, promql_parser.VectorSelector) and node.name:
            names.add(node.name)
        elif isinstance(node, promql_parser.MatrixSelector) and node.vector_selector.name:
            names.add(node.vector_selector.name)

    for rule in rules:
        promql_parser.walk(rule.ast, visit)
    return names


class _Vector(msgspec.Struct):
    result: list[Any]


class _Metadata(msgspec.Struct):
    type: str


class _Answer(msgspec.Struct):
    status: str
    data: msgspec.Raw = msgspec.Raw(b"null")
    error: str = ""


def _get(url: str, query: Mapping[str, str], kind: type[T], until: float) -> T:
    left = min(_ANSWER_S, until - time.monotonic())
    if left <= 0:
        raise TimeoutError(f"it took longer than {_DEADLINE_S:g} s")
    body = _by_deadline(lambda: _body(url, query, left), left)
    answer = msgspec.json.decode(body, type=_Answer)
    if answer.status != "success":
        raise ValueError(f"it answered {answer.status}: {answer.error}")
    return msgspec.json.decode(answer.data, type=kind)


def _body(url: str, query: Mapping[str, str], timeout_s: float) -> bytes:
    with requests.get(url, params=query, timeout=timeout_s, stream=True) as response:
        response.raise_for_status()
        body = bytearray()
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > _LARGEST_ANSWER:
                raise TooMuch(f"an answer of more than {_LARGEST_ANSWER // 2**20} MiB")
        return bytes(body)


def _by_deadline(fetch: Callable[[], bytes], limit_s: float) -> bytes:
    """In a thread of its own: the time limits of a request start anew with each byte that drips in."""
    bodies: list[bytes] = []
    errors: list[Exception] = []

    def work() -> None:
        try:
            bodies.append(fetch())
        except (requests.RequestException, TooMuch, OSError, ValueError) as error:
            errors.append(error)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join(limit_s)
    if errors:
        raise errors[0]
    if not bodies:
        raise TimeoutError(f"no whole answer within {limit_s:.0f} s")
    return bodies[0]


def _opened(path: Path) -> Any:
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(0, "it is no regular file")
    return path.open(encoding="utf-8", errors="replace", newline="\n")


def _read_page(opened: Any, seen: _Seen) -> int:
    """Metrics of a page into `seen`. The first line that is none, 0 when all are."""
    wrong = number = 0
    last = ""
    try:
        for number, line in enumerate(_lines(opened), start=1):
            if line.startswith("#"):
                parts = line.split(None, 3)
                if len(parts) == 4 and parts[1] == "TYPE":
                    seen.family(parts[2], _known(parts[3].strip()))
                continue
            # The value and the timestamp are of no interest, and change where nothing else does.
            head = line[: line.rfind("}") + 1] if "}" in line else line
            if head == last:
                continue
            last = head
            name = _NAME.match(line)
            if name is not None:
                seen.series(name[1], _LABEL.findall(head, name.end()))
            elif line.strip() and not wrong:
                wrong = number
    except TooMuch as error:
        raise TooMuch(str(error), number) from error
    return wrong


def _lines(opened: Any) -> Iterator[str]:
    while line := opened.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise TooMuch(f"a line of more than {_LONGEST_LINE} characters")
        yield line


def _known(kind: str) -> str:
    return {"info": "gauge", "stateset": "gauge", "gaugehistogram": "histogram"}.get(
        kind, kind if kind in _TYPES else "untyped"
    )


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def _notice(where: str, line: int, message: str) -> Finding:
    return Finding(file=where, rule="", line=line, check="scraped", severity=Severity.WARNING, message=message)
