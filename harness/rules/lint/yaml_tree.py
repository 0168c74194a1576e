"""YAML as nodes that know their lines, from libyaml's events: nesting has a limit, and aliases cannot multiply.

Composing by PyYAML itself recurses, and a file of nothing but brackets ends the process.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

_DEEPEST = 100
_MERGE = "tag:yaml.org,2002:merge"
_RESOLVER: Any = yaml.resolver.Resolver()


class TooDeep(Exception):
    """Nested deeper than any rule file is; `line` from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(f"nested deeper than {_DEEPEST} levels")
        self.line = line


def documents(text: str) -> Iterator[yaml.Node]:
    """The root of each document, in order; empty documents have a scalar "".

    Raises:
        yaml.YAMLError: it is no YAML; documents before the mistake have been given.
        TooDeep: likewise.
    """
    open_nodes: list[Any] = []
    anchors: dict[str, Any] = {}
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.DocumentStartEvent):
            anchors = {}
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            node = open_nodes.pop()
            node.end_mark = event.end_mark
            if isinstance(event, yaml.MappingEndEvent):
                # Keys and values stand in turn.
                node.value = list(zip(node.value[::2], node.value[1::2], strict=True))
            if not open_nodes:
                yield node
        elif isinstance(event, yaml.NodeEvent):
            made = _alias(event, anchors) if isinstance(event, yaml.AliasEvent) else _node(event)
            if not isinstance(event, yaml.AliasEvent) and event.anchor:
                anchors[event.anchor] = made
            if open_nodes:
                open_nodes[-1].value.append(made)
            if isinstance(event, yaml.CollectionStartEvent):
                open_nodes.append(made)
                if len(open_nodes) > _DEEPEST:
                    raise TooDeep(made.start_mark.line + 1)
            elif not open_nodes:
                yield made


def fields(node: yaml.Node) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    """The fields of a mapping, merged ones (`<<`) after its own; [] of anything else."""
    if not isinstance(node, yaml.MappingNode):
        return []
    own = [(key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE]
    names = {key.value for key, _ in own}
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode) and key.tag == _MERGE:
            for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                merged = source.value if isinstance(source, yaml.MappingNode) else []
                own += [(k, v) for k, v in merged if isinstance(k, yaml.ScalarNode) and k.value not in names]
                names |= {k.value for k, _ in merged if isinstance(k, yaml.ScalarNode)}
    return own


def field(node: yaml.Node, name: str) -> yaml.Node | None:
    """The value of that field, the first of several; None when there is none."""
    return next((value for key, value in fields(node) if key.value == name), None)


def text_of(node: yaml.Node | None) -> str | None:
    """What a scalar says, as it is written; None when it is none, or null."""
    if not isinstance(node, yaml.ScalarNode) or node.tag.endswith(":null"):
        return None
    return str(node.value)


def _alias(event: Any, anchors: dict[str, Any]) -> Any:
    if event.anchor not in anchors:
        raise yaml.composer.ComposerError(None, None, f"found undefined alias {event.anchor!r}", event.start_mark)
    return anchors[event.anchor]


def _node(event: Any) -> Any:
    marks = event.start_mark, event.end_mark
    if isinstance(event, yaml.ScalarEvent):
        tag = event.tag or _RESOLVER.resolve(yaml.ScalarNode, event.value, event.implicit)
        return yaml.ScalarNode(tag, event.value, *marks, style=event.style)
    if isinstance(event, yaml.SequenceStartEvent):
        return yaml.SequenceNode(event.tag or "tag:yaml.org,2002:seq", [], *marks)
    return yaml.MappingNode(event.tag or "tag:yaml.org,2002:map", [], *marks)
