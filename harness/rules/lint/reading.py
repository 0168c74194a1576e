"""Rule files as they come: plain ones, PrometheusRule objects, lists of them, ConfigMaps and Helm values.

Nothing in a file is an exception: what cannot be read is a finding with its line, and the rest of it is read.
"""

from __future__ import annotations

import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import yaml

from harness.errors import UsageError
from harness.rules.durations import seconds
from harness.rules.lint.doubt import Doubt, rule_file
from harness.rules.lint.model import Finding, Rule, Severity
from harness.rules.lint.rule_node import GroupHead, Place, last_line, nearest, read_rule
from harness.rules.lint.suppression import Extent, Suppression, suppressions
from harness.rules.lint.yaml_tree import TooDeep, documents, field, fields, text_of

STDIN = "-"
_LARGEST = 64 * 1024 * 1024
_GROUP_FIELDS = ("name", "interval", "query_offset", "limit", "labels", "rules")
# Of Thanos, Mimir and vmalert, which read the same files.
_OTHER_GROUP_FIELDS = frozenset(
    {
        "partial_response_strategy", "source_tenants", "evaluation_delay", "align_evaluation_time_on_interval", "type",
        "concurrency", "headers", "notifier_headers", "params", "tenant", "eval_offset", "eval_delay", "eval_alignment",
        "debug", "update_entries_limit",
    }
)  # fmt: skip
_TEMPLATE = re.compile(r"^\s*\{\{", re.MULTILINE)


class Reading(msgspec.Struct, kw_only=True):
    """What a file holds. `doubts`: what Prometheus may refuse; `findings`: what is certain without asking it."""

    rules: list[Rule] = []
    doubts: list[Doubt] = []
    findings: list[Finding] = []
    suppressions: list[Suppression] = []


def read_file(name: str) -> Reading:
    """Everything in the file of that name, "-" for standard input."""
    try:
        data = sys.stdin.buffer.read(_LARGEST + 1) if name == STDIN else _bytes(Path(name))
    except OSError as error:
        return _unread(name, 1, f"it cannot be read: {error.strerror or error}")
    except UsageError as error:
        return _unread(name, 1, error.what, error.todo)
    if len(data) > _LARGEST:
        return _unread(name, 1, f"it is larger than {_LARGEST // 2**20} MiB: no rule file is")
    if b"\0" in data:
        return _unread(name, data[: data.index(b"\0")].count(b"\n") + 1, "it is a binary file, not YAML")
    try:
        return read_text(name, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return _unread(name, data[: error.start].count(b"\n") + 1, "it is not UTF-8", "save it as UTF-8")


def read_text(name: str, text: str) -> Reading:
    """Everything in this text of the file `name`."""
    found = Reading()
    extents: list[Extent] = []
    held = 0
    filled = False
    try:
        for number, root in enumerate(documents(text)):
            filled = filled or text_of(root) != ""
            for groups, place in _groups(root, Place(file=name)):
                held += 1
                if place.plain and number and field(root, "groups") is groups:
                    line = place.line(root.start_mark.line)
                    found.findings.append(
                        _finding(
                            name, line, "rule-file", "Prometheus reads the first document of a rule file only",
                            mend="a file for each document",
                        )
                    )  # fmt: skip
                _read_groups(groups, place, found, extents)
    except (yaml.YAMLError, TooDeep) as error:
        found.findings.append(_broken(name, text, error))
    else:
        if not filled:
            found.findings.append(_finding(name, 1, "no-rules", "the file is empty", severity=Severity.HINT))
        elif not held:
            found.findings.append(
                _finding(
                    name, 1, "no-rules", "it is no rule file: nothing in it was looked at",
                    mend="rules stand in `groups:`, in a PrometheusRule, or in a ConfigMap",
                )
            )  # fmt: skip
    found.suppressions, wrong = suppressions(name, text.splitlines(), extents)
    found.findings += wrong
    return found


def _bytes(path: Path) -> bytes:
    kind = path.stat().st_mode
    if stat.S_ISDIR(kind):
        raise UsageError("it is a directory", todo=f"name its files: {path}/*.yaml")
    if not stat.S_ISREG(kind):
        raise UsageError("it is no regular file", todo=f"give it on standard input, as {STDIN}")
    with path.open("rb") as opened:
        return opened.read(_LARGEST + 1)


def _groups(root: yaml.Node, place: Place) -> Iterator[tuple[yaml.Node, Place]]:
    """Every value of a field `groups` that holds rule groups, however deep, and those in texts that are YAML."""
    waiting: list[tuple[yaml.Node, bool]] = [(root, True)]
    seen: set[int] = set()
    while waiting:
        node, top = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += [(item, False) for item in reversed(node.value)]
        elif isinstance(node, yaml.MappingNode):
            groups = field(node, "groups")
            if groups is not None and (top or _has_rules(groups)):
                yield groups, msgspec.structs.replace(place, plain=top and place.plain)
                continue
            waiting += [(value, False) for _, value in reversed(node.value)]
        elif not top and isinstance(node, yaml.ScalarNode) and "groups:" in node.value:
            yield from _within(node, place)


def _within(node: yaml.ScalarNode, place: Place) -> Iterator[tuple[yaml.Node, Place]]:
    """Groups in the text of a scalar, as in a ConfigMap. A text that is no YAML is no rule file."""
    if node.style == "|":
        inner = Place(file=place.file, offset=place.line(node.start_mark.line), fixed=place.fixed)
    else:
        inner = Place(file=place.file, fixed=place.line(node.start_mark.line))
    try:
        roots = list(documents(node.value))
    except (yaml.YAMLError, TooDeep):
        return
    for root in roots:
        groups = field(root, "groups")
        if groups is not None:
            yield groups, inner


def _has_rules(groups: yaml.Node) -> bool:
    return isinstance(groups, yaml.SequenceNode) and any(field(group, "rules") is not None for group in groups.value)


def _read_groups(groups: yaml.Node, place: Place, found: Reading, extents: list[Extent]) -> None:
    if not isinstance(groups, yaml.SequenceNode):
        if text_of(groups) is not None or isinstance(groups, yaml.MappingNode):
            found.doubts.append(
                _doubt(place, groups, "rule-file", "`groups` is no list of groups", '{"groups":{"name":"group"}}')
            )
        return
    names: set[str] = set()
    for group in groups.value:
        if not isinstance(group, yaml.MappingNode):
            text = '{"groups":["text"]}'
            found.doubts.append(_doubt(place, group, "rule-file", "a group is a mapping with `name` and `rules`", text))
            continue
        head = _head(group, names, place, found)
        rules = field(group, "rules")
        for node in rules.value if isinstance(rules, yaml.SequenceNode) else []:
            rule, doubts = read_rule(node, head, place)
            found.doubts += [each for each in doubts if each.text]
            found.findings += [each.finding for each in doubts if not each.text]
            found.rules += [rule] if rule is not None else []
            if not place.fixed:
                extents.append(Extent(place.line(node.start_mark.line), last_line(node, place)))


def _head(group: yaml.MappingNode, names: set[str], place: Place, found: Reading) -> GroupHead:
    name = text_of(field(group, "name")) or ""
    if not name:
        text = '{"groups":[{"rules":[]}]}'
        found.doubts.append(_doubt(place, group, "rule-file", "a group has no name", text))
    elif name in names:
        text = '{"groups":[{"name":"group","rules":[]},{"name":"group","rules":[]}]}'
        found.doubts.append(_doubt(place, group, "rule-file", f"group {name} is in this file already", text))
    names.add(name)
    for key, _ in fields(group):
        if key.value not in _GROUP_FIELDS and key.value not in _OTHER_GROUP_FIELDS:
            doubt = _doubt(
                place, key, "unknown-field",
                f"a group has no field `{key.value}`: {nearest(key.value, _GROUP_FIELDS)}",
                rule_file([("alert", '"A"'), ("expr", '"up"')], group=[(key.value, "{}")]),
            )  # fmt: skip
            (found.doubts.append(doubt) if place.plain else found.findings.append(doubt.finding))
    rules = field(group, "rules")
    if rules is not None and not isinstance(rules, yaml.SequenceNode) and text_of(rules) is not None:
        text = '{"groups":[{"name":"group","rules":"text"}]}'
        found.doubts.append(_doubt(place, rules, "rule-file", "`rules` is no list of rules", text))
    interval = text_of(field(group, "interval"))
    try:
        return GroupHead(name, seconds(interval) or None if interval is not None else None)
    except UsageError as error:
        text = rule_file([("alert", '"A"'), ("expr", '"up"')], group=[("interval", '"text"')])
        found.doubts.append(_doubt(place, group, "duration", f"`interval`: {error}", text))
        return GroupHead(name, None)


def _doubt(place: Place, node: yaml.Node, check: str, message: str, text: str) -> Doubt:
    return Doubt(finding=_finding(place.file, place.line(node.start_mark.line), check, message), text=text)


def _broken(name: str, text: str, error: yaml.YAMLError | TooDeep) -> Finding:
    """YAML is read by libyaml, of which Prometheus' own reader is a translation: what it refuses, that refuses."""
    if isinstance(error, TooDeep):
        return _finding(name, error.line, "yaml", str(error), severity=Severity.ERROR)
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error).splitlines()[0]
    mend = "it looks like a Helm template: look at what `helm template` gives" if _TEMPLATE.search(text) else ""
    if mark is None:
        position = getattr(error, "position", 0)
        return _finding(
            name,
            text[:position].count("\n") + 1,
            "yaml",
            f"it is no YAML: {problem}",
            mend=mend,
            severity=Severity.ERROR,
        )
    where = f" (column {mark.column + 1})"
    return _finding(name, mark.line + 1, "yaml", f"it is no YAML: {problem}{where}", mend=mend, severity=Severity.ERROR)


def _unread(name: str, line: int, message: str, mend: str = "") -> Reading:
    return Reading(findings=[_finding(name, line, "unreadable", message, mend=mend, severity=Severity.ERROR)])


def _finding(
    file: str, line: int, check: str, message: str, *, mend: str = "", severity: Severity = Severity.WARNING
) -> Finding:
    return Finding(file=file, rule="", line=line, check=check, severity=severity, message=message, mend=mend)
