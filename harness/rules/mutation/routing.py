"""Alertmanager's routes broken on purpose, and who is told then: amtool, Alertmanager's own, says it.

A mutant is killed when an alert would go to somebody else than a run has seen, or than a file of expectations says.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import yaml

from harness.errors import UsageError
from harness.facts.history import History
from harness.judging.judged import RunReport
from harness.judging.verdict import Verdict
from harness.rules.debian import obtain
from harness.rules.lint.yaml_tree import TooDeep, documents, field, fields, text_of
from harness.rules.mutation.declared import Declaration, declared_for
from harness.rules.mutation.model import Change, Fate, Judged, Killed, Kind, Mutant
from harness.rules.mutation.recorded import scenarios
from harness.rules.mutation.text import Edit, difference, of_removed, of_removed_item, of_sequence, of_value
from harness.rules.promtool import PROCESSES

_LIMIT_S = 20.0
_OPERATOR = "route"
_MATCHER = re.compile(r"^\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*(.*?)\s*$")
_OLDER = ("match", "match_re")
_TURNED = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}


class Route(msgspec.Struct, frozen=True):
    """A route of the tree. `above`: the one that it is a route of, None for the root; `name`: as it is told."""

    node: yaml.MappingNode
    above: yaml.MappingNode | None
    name: str


class Routing(msgspec.Struct, frozen=True, kw_only=True):
    """An Alertmanager configuration. `channels`: of each receiver, the kinds of its integrations ("slack")."""

    file: str
    text: str
    routes: tuple[Route, ...]
    channels: Mapping[str, frozenset[str]]


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """Who is to be told of an alert with these labels: receivers by their names, or the channels that a run saw."""

    labels: Mapping[str, str]
    by: str
    kind: Kind
    receivers: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()


class RouteMutant(msgspec.Struct, frozen=True):
    """`text`: the whole configuration with the change made."""

    mutant: Mutant
    text: str


def amtool() -> Path | None:
    """Alertmanager's own program for its configuration; None when it cannot be had."""
    return obtain("amtool", package="prometheus-alertmanager", image="alertmanager", version="ALERTMANAGER_VERSION")


def read_routing(file: str) -> Routing:
    """The configuration in that file.

    Raises:
        UsageError: it cannot be read, or has no route.
    """
    try:
        text = Path(file).read_text(encoding="utf-8")
        root = next(documents(text))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TooDeep) as error:
        raise UsageError(f"{file} cannot be read: {' '.join(str(error).split())}") from error
    route, receivers = field(root, "route"), field(root, "receivers")
    if not isinstance(route, yaml.MappingNode) or not isinstance(receivers, yaml.SequenceNode):
        raise UsageError(f"{file} is no Alertmanager configuration: it has no `route` or no `receivers`")
    channels = {
        text_of(field(each, "name")) or "": frozenset(
            key.value.removesuffix("_configs") for key, _ in fields(each) if key.value.endswith("_configs")
        )
        for each in receivers.value
    }
    return Routing(file=file, text=text, routes=tuple(_routes(route, None)), channels=channels)


def read_expected(file: str) -> list[Expected]:
    """Expectations of a file: a list of `labels` and `receivers`.

    Raises:
        UsageError: it is no such list.
    """
    try:
        listed = msgspec.yaml.decode(Path(file).read_bytes(), type=list[_Entry])
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(f"{file}: {error}", todo="write a list of `labels` and `receivers`") from error
    return [
        Expected(labels=each.labels, by=file, kind=Kind.ROUTES, receivers=frozenset(each.receivers)) for each in listed
    ]


def seen_expected(run: str, facts: History, report: RunReport) -> list[Expected]:
    """Which channels told of the alerts that fired, in the scenarios that passed."""
    found: dict[str, Expected] = {}
    for own, judged in zip(scenarios(facts), report.scenarios, strict=True):
        if judged.verdict is not Verdict.PASS:
            continue
        told: dict[tuple[str, str], set[str]] = {}
        for fact in own.of("notification"):
            if fact.data["status"] == "firing":
                told.setdefault((fact.subject, fact.data["severity"]), set()).add(fact.data["channel"])
        for fact in own.of("alert"):
            labels = {**fact.data["labels"], "alertname": fact.subject}
            channels = told.get((fact.subject, labels.get("severity", "")))
            if fact.data["state"] == "firing" and channels:
                expected = Expected(
                    labels=labels, by=f"{run}: {judged.name}", kind=Kind.RUNS, channels=frozenset(channels)
                )
                found.setdefault(json.dumps([labels, sorted(channels)], sort_keys=True), expected)
    return list(found.values())


def route_mutants(routing: Routing) -> list[RouteMutant]:
    """Every route with its receiver changed, each matcher broken, `continue` turned, and the route taken away."""
    found = []
    for route in routing.routes:
        times: Counter[str] = Counter()
        for variant, before, after, edit in _changes(routing, route):
            times[variant] += 1
            number = f"#{times[variant]}" if times[variant] > 1 else ""
            change = Change(variant=variant, field=("route",), before=before, after=after, value=after or None)
            mutant = Mutant(
                file=routing.file,
                rule=route.name,
                line=route.node.start_mark.line + 1,
                place=None,
                operator=_OPERATOR,
                name=f"{_OPERATOR}/{variant}{number}",
                change=change,
                diff=difference(routing.file, routing.text, edit),
            )
            found.append(RouteMutant(mutant, edit.applied(routing.text)))
    return found


def sound_routes(program: Path, routing: Routing, expected: Sequence[Expected]) -> tuple[list[Expected], list[str]]:
    """The expectations that the configuration itself fulfils, and a line for each run's that it does not.

    Raises:
        UsageError: it does not fulfil one that somebody wrote, or amtool refuses it.
    """
    kept, notes = [], []
    for each in expected:
        receivers = receivers_of(program, routing.text, each.labels)
        if isinstance(receivers, str):
            raise UsageError(f"{routing.file}: {receivers}")
        if _fulfilled(routing, each, receivers):
            kept.append(each)
            continue
        what = f"{json.dumps(dict(each.labels))} goes to {', '.join(sorted(receivers))}"
        if each.kind is Kind.ROUTES:
            raise UsageError(f"{each.by} fails on {routing.file} as it is: {what}", todo="mend one of the two")
        notes.append(f"{each.by}: {what}, which is not who was told then")
    return kept, notes


def judge_routes(
    program: Path,
    routing: Routing,
    mutants: Sequence[RouteMutant],
    expected: Sequence[Expected],
    declarations: Sequence[Declaration],
) -> list[Judged]:
    """The fate of each mutant; the expectations are sound."""
    with ThreadPoolExecutor(PROCESSES) as pool:
        return list(pool.map(lambda each: _judged(program, routing, each, expected, declarations), mutants))


def receivers_of(program: Path, config: str, labels: Mapping[str, str]) -> frozenset[str] | str:
    """The receivers that are told of an alert with these labels, or why amtool does not say."""
    with tempfile.TemporaryDirectory(prefix="amtool-") as name:
        path = Path(name) / "alertmanager.yml"
        path.write_text(config, encoding="utf-8")
        given = [f"{label}={json.dumps(value, ensure_ascii=False)}" for label, value in sorted(labels.items())]
        try:
            ended = subprocess.run(
                [str(program), "config", "routes", "test", f"--config.file={path}", *given],
                cwd=name,
                env={"HOME": name},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "amtool took too long"
    if ended.returncode:
        return f"amtool refuses it: {' '.join(ended.stderr.decode(errors='replace').split())}"
    return frozenset(ended.stdout.decode().strip().split(","))


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    labels: dict[str, str]
    receivers: list[str]


def _judged(
    program: Path,
    routing: Routing,
    of: RouteMutant,
    expected: Sequence[Expected],
    declarations: Sequence[Declaration],
) -> Judged:
    killed: dict[Kind, Killed] = {}
    for each in expected:
        if each.kind in killed:
            continue
        receivers = receivers_of(program, of.text, each.labels)
        if isinstance(receivers, str):
            return Judged(mutant=of.mutant, fate=Fate.NOT_JUDGED, reason=receivers)
        if not _fulfilled(routing, each, receivers):
            killed[each.kind] = Killed(each.by, each.kind)
    declaration = declared_for(of.mutant, declarations)
    if declaration is None:
        fate = Fate.KILLED if killed else Fate.SURVIVED
    else:
        fate = Fate.WRONGLY_DECLARED if killed else Fate.EQUIVALENT
    reason = declaration.reason if declaration is not None else ""
    return Judged(mutant=of.mutant, fate=fate, killed_by=tuple(killed.values()), reason=reason)


def _fulfilled(routing: Routing, expected: Expected, receivers: frozenset[str]) -> bool:
    if expected.kind is Kind.ROUTES:
        return receivers == expected.receivers
    told = frozenset(channel for name in receivers for channel in routing.channels.get(name, ()))
    return told == expected.channels


def _routes(node: yaml.MappingNode, above: yaml.MappingNode | None) -> Iterator[Route]:
    yield Route(node, above, f"route {_selector(node)}" if above is not None else "the root route")
    for child in _items(node, "routes"):
        if isinstance(child, yaml.MappingNode):
            yield from _routes(child, node)


def _selector(node: yaml.MappingNode) -> str:
    texts = [str(each.value) for each in _items(node, "matchers")]
    texts += [f"{key.value}={value.value}" for name in _OLDER for key, value in _pairs(node, name)]
    return ", ".join(texts)


def _changes(routing: Routing, route: Route) -> Iterator[tuple[str, str, str, Edit]]:
    """Variant, what is shown before and after, and the edit."""
    text, node = routing.text, route.node
    receiver = field(node, "receiver")
    if isinstance(receiver, yaml.ScalarNode):
        for other in routing.channels:
            if other != receiver.value:
                edit = of_value(text, receiver, other)
                yield f"to-{other}", f"receiver: {receiver.value}", f"receiver: {other}", edit
    yield from _matcher_changes(text, node)
    for name in _OLDER:
        for key, value in _pairs(node, name):
            other = f"{value.value}-other"
            edit = of_value(text, value, other)
            yield f"{key.value}-changed", f"{key.value}: {value.value}", f"{key.value}: {other}", edit
    if route.above is not None:
        yield from _place_changes(text, route, route.above)


def _place_changes(text: str, route: Route, above: yaml.MappingNode) -> Iterator[tuple[str, str, str, Edit]]:
    key, listed = next((key, value) for key, value in fields(above) if key.value == "routes")
    if listed.value[-1] is not route.node:
        yield _continued(text, route.node)
    if len(listed.value) == 1:
        yield "removed", route.name, "", of_removed(text, above, key)
    elif text[listed.start_mark.index] == "-":
        yield "removed", route.name, "", of_removed_item(text, route.node)


def _matcher_changes(text: str, node: yaml.MappingNode) -> Iterator[tuple[str, str, str, Edit]]:
    pair = next(((key, value) for key, value in fields(node) if key.value == "matchers"), None)
    if pair is None or not isinstance(pair[1], yaml.SequenceNode):
        return
    items = [str(each.value) for each in pair[1].value]
    for index, item in enumerate(items):
        match = _MATCHER.match(item)
        if match is None:
            continue
        name, op, value = match.groups()
        other = f'{value[:-1]}-other"' if value.endswith('"') else f"{value}-other"
        broken: tuple[tuple[str, list[str]], ...] = (
            (f"{name}-dropped", []),
            (f"{name}-turned", [f"{name}{_TURNED[op]}{value}"]),
            (f"{name}-changed", [f"{name}{op}{other}"]),
        )
        for variant, instead in broken:
            rest = [*items[:index], *instead, *items[index + 1 :]]
            yield variant, item, "".join(instead), of_sequence(text, pair[0], pair[1], rest)


def _continued(text: str, node: yaml.MappingNode) -> tuple[str, str, str, Edit]:
    found = next(((key, value) for key, value in fields(node) if key.value == "continue"), None)
    if found is None:
        start = node.value[0][0].start_mark
        apart = ", " if text[node.start_mark.index] == "{" else "\n" + " " * start.column
        return "continue-added", "", "continue: true", Edit(start.index, start.index, f"continue: true{apart}")
    key, value = found
    if value.value == "true":
        return "continue-removed", "continue: true", "", of_removed(text, node, key)
    edit = Edit(value.start_mark.index, value.end_mark.index, "true")
    return "continue-added", f"continue: {value.value}", "continue: true", edit


def _items(node: yaml.MappingNode, name: str) -> Sequence[yaml.Node]:
    listed = field(node, name)
    return listed.value if isinstance(listed, yaml.SequenceNode) else ()


def _pairs(node: yaml.MappingNode, name: str) -> list[tuple[yaml.ScalarNode, yaml.ScalarNode]]:
    held = field(node, name)
    pairs = fields(held) if held is not None else []
    return [(key, value) for key, value in pairs if isinstance(value, yaml.ScalarNode)]
