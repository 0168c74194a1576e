"""A rule file: its rules with the places where they stand, and what a change of one does to its text and its data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec
import yaml

from harness.errors import UsageError
from harness.rules.lint.model import Rule
from harness.rules.lint.rule_node import GroupHead, last_line, read_rule
from harness.rules.lint.rule_node import Place as FilePlace
from harness.rules.lint.yaml_tree import TooDeep, documents, field, fields, text_of
from harness.rules.mutation.model import Change, Place
from harness.rules.mutation.text import Edit, of_added, of_part, of_removed, of_value

_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?")


class SourceRule(msgspec.Struct, frozen=True):
    """A rule and its node. `last`: its last line in the file, from 1."""

    rule: Rule
    place: Place
    node: yaml.MappingNode
    last: int


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A rule file, read.

    Attributes:
        groups: all rule groups as plain data, as `Place` counts them.
        unread: for each rule that could not be read, why.
    """

    file: str
    text: str
    rules: tuple[SourceRule, ...]
    groups: Sequence[Any]
    unread: tuple[str, ...]


def read_source(file: str) -> Source:
    """The rule file of that name: a plain one, or objects that have `groups` in them (PrometheusRule, Helm values).

    Raises:
        UsageError: it cannot be read, is no YAML, or has no rules.
    """
    try:
        return source_of(file, Path(file).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from error


def source_of(file: str, text: str) -> Source:
    """The same of a text."""
    try:
        groups = [group for root in documents(text) for group in _groups(root)]
    except (yaml.YAMLError, TooDeep) as error:
        raise UsageError(f"{file} is no YAML: {' '.join(str(error).split())}", todo="lint it first") from error
    rules: list[SourceRule] = []
    unread: list[str] = []
    for number, group in enumerate(groups):
        name = text_of(field(group, "name")) or ""
        nodes = field(group, "rules")
        for index, node in enumerate(nodes.value if isinstance(nodes, yaml.SequenceNode) else ()):
            place = FilePlace(file=file)
            rule, doubts = read_rule(node, GroupHead(name, None), place)
            if rule is None:
                unread += [f"{file}:{doubt.finding.line}: {doubt.finding.message}" for doubt in doubts]
            else:
                rules.append(SourceRule(rule, Place(number, index), node, last_line(node, place)))
    if not rules:
        why = unread[0] if unread else f"{file} has no rules"
        raise UsageError(why, todo="rules stand in `groups:`; of a ConfigMap, give the rule file that is in it")
    return Source(
        file=file, text=text, rules=tuple(rules), groups=[data_of(group) for group in groups], unread=tuple(unread)
    )


def data_of(node: yaml.Node) -> Any:
    """What a node says, with its texts as they are written: `on` is a label's name, and no truth value."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: data_of(value) for key, value in fields(node)}
    if isinstance(node, yaml.SequenceNode):
        return [data_of(item) for item in node.value]
    if node.value in ("true", "false") and node.tag.endswith(":bool"):
        return node.value == "true"
    for kind, read in (("int", int), ("float", float)):
        if node.tag.endswith(f":{kind}") and _DECIMAL.fullmatch(node.value):
            return read(node.value)
    return text_of(node)


def edit_of(source: Source, of: SourceRule, change: Change) -> Edit:
    """What the change is in the text of the file."""
    parent: yaml.Node = of.node
    for name in change.field[:-1]:
        parent = field(parent, name) or parent
    pair = next(((key, value) for key, value in fields(parent) if key.value == change.field[-1]), None)
    if pair is None:
        expression = next(key for key, _ in fields(of.node) if key.value == "expr")
        return of_added(source.text, of.node, expression, change.field[-1], change.value or "")
    key, value = pair[0], cast(yaml.ScalarNode, pair[1])
    if change.value is None:
        return of_removed(source.text, cast(yaml.MappingNode, parent), key)
    if change.end:
        inserted = change.value[
            change.start : change.start + len(change.value) - len(value.value) + change.end - change.start
        ]
        part = of_part(source.text, value, change.start, change.end, inserted)
        if part is not None:
            return part
    return of_value(source.text, value, change.value)


def changed(rule: Any, change: Change) -> dict[str, Any]:
    """A rule's data with the change made."""
    name, rest = change.field[0], change.field[1:]
    if rest:
        inner = changed(rule.get(name) or {}, msgspec.structs.replace(change, field=rest))
        return {**rule, name: inner}
    if change.value is None:
        return {key: value for key, value in rule.items() if key != name}
    return {**rule, name: change.value}


def _groups(root: yaml.Node) -> Iterator[yaml.MappingNode]:
    """Every rule group, in order, however deep its list stands."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            waiting += reversed(node.value)
        elif isinstance(node, yaml.MappingNode):
            found = field(node, "groups")
            held = found.value if isinstance(found, yaml.SequenceNode) else []
            groups = [
                group for group in held if isinstance(group, yaml.MappingNode) and field(group, "rules") is not None
            ]
            yield from groups
            if not groups:
                waiting += [value for _, value in reversed(node.value)]
