"""One field of a YAML file changed where it stands, and everything else left as it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import msgspec
import yaml

from harness.rules.mutation.tokens import tokens

_BLOCK = ("|", ">")
_QUOTES = ("'", '"')
_BARE = re.compile(r"[A-Za-z0-9][\w ./%()-]*")


class Edit(msgspec.Struct, frozen=True):
    """`text` in the place of what stands from `start` to `end`, offsets in the file."""

    start: int
    end: int
    text: str

    def applied(self, whole: str) -> str:
        return whole[: self.start] + self.text + whole[self.end :]


def of_value(whole: str, node: yaml.ScalarNode, value: str) -> Edit:
    """Another value for a scalar: written as it was where that is possible, else in quotation marks."""
    trailing = "\n" if node.style in _BLOCK and whole[: node.end_mark.index].endswith("\n") else ""
    return Edit(node.start_mark.index, node.end_mark.index, _written(value, plainly=not node.style) + trailing)


def of_part(whole: str, node: yaml.ScalarNode, start: int, end: int, text: str) -> Edit | None:
    """A part of a PromQL expression, from `start` to `end` of its value, where the file has it token for token; None
    where it is written in another way, with escapes."""
    first, last = _body(whole, node)
    within, there = tokens(node.value), tokens(whole[first:last])
    if not within or [token.text for token in within] != [token.text for token in there]:
        return None
    starts = {token.start: first + other.start for token, other in zip(within, there, strict=True)}
    ends = {token.end: first + other.end for token, other in zip(within, there, strict=True)}
    if start not in starts and start not in ends:
        return None
    begins = starts[start] if start in starts else ends[start]
    if end <= start:
        return Edit(begins, begins, text)
    return Edit(begins, ends[end] if end in ends else starts[end], text)


def of_removed(whole: str, mapping: yaml.MappingNode, key: yaml.ScalarNode) -> Edit:
    """A field taken away, with its line or its comma."""
    pairs = mapping.value
    index = next(number for number, (name, _) in enumerate(pairs) if name is key)
    value = pairs[index][1]
    following = pairs[index + 1][0].start_mark.index if index + 1 < len(pairs) else None
    line = whole.rfind("\n", 0, key.start_mark.index) + 1
    if _is_flow(whole, mapping) or whole[line : key.start_mark.index].strip():
        if following is not None:
            return Edit(key.start_mark.index, following, "")
        begins = pairs[index - 1][1].end_mark.index if index else key.start_mark.index
        return Edit(begins, value.end_mark.index, "")
    return Edit(line, _end_of_lines(whole, value), "")


def of_sequence(whole: str, key: yaml.ScalarNode, listed: yaml.SequenceNode, items: Sequence[str]) -> Edit:
    """Other items for the sequence under a key."""
    end = listed.end_mark.index if _ends_itself(whole, listed) or not listed.value else listed.value[-1].end_mark.index
    return Edit(key.start_mark.index, end, f"{key.value}: {json.dumps(items, ensure_ascii=False)}")


def of_removed_item(whole: str, node: yaml.Node) -> Edit:
    """An entry of a block sequence taken away, with its dash."""
    dash = whole.rfind("-", 0, node.start_mark.index)
    line = whole.rfind("\n", 0, dash) + 1
    return Edit(line, _end_of_lines(whole, node), "")


def of_added(whole: str, mapping: yaml.MappingNode, after: yaml.ScalarNode, name: str, value: str) -> Edit:
    """A new field after the field `after`."""
    key, previous = next((key, node) for key, node in mapping.value if key is after)
    if _is_flow(whole, mapping):
        return Edit(previous.end_mark.index, previous.end_mark.index, f", {name}: {_written(value, plainly=True)}")
    at = _end_of_lines(whole, previous)
    newline = "" if whole[:at].endswith("\n") else "\n"
    line = f"{newline}{' ' * key.start_mark.column}{name}: {_written(value, plainly=True)}\n"
    return Edit(at, at, line)


def difference(name: str, whole: str, edit: Edit) -> str:
    """The edit as a unified diff of the file `name`."""
    first = whole.rfind("\n", 0, edit.start) + 1
    last = edit.end if edit.end > edit.start and whole[: edit.end].endswith("\n") else _line_end(whole, edit.end)
    if edit.start == edit.end == first and edit.text.endswith("\n"):
        last = first
    old, new = whole[first:last], whole[first : edit.start] + edit.text + whole[edit.end : last]
    removed, added = old.splitlines(), new.splitlines()
    number = whole.count("\n", 0, first) + 1
    lines = [f"--- {name}", f"+++ {name}", f"@@ -{number},{len(removed)} +{number},{len(added)} @@"]
    return "\n".join([*lines, *(f"-{line}" for line in removed), *(f"+{line.rstrip()}" for line in added)])


def _written(value: str, *, plainly: bool) -> str:
    """A scalar that is read as this text, also within brackets."""
    if plainly and _BARE.fullmatch(value) and yaml.safe_load(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)


def _body(whole: str, node: yaml.ScalarNode) -> tuple[int, int]:
    """Where the text of a scalar stands, without quotation marks and the head of a block."""
    first, last = node.start_mark.index, node.end_mark.index
    if node.style in _BLOCK:
        return whole.index("\n", first) + 1, last
    if node.style in _QUOTES:
        return first + 1, last - 1
    return first, last


def _is_flow(whole: str, mapping: yaml.MappingNode) -> bool:
    return whole[mapping.start_mark.index : mapping.start_mark.index + 1] == "{"


def _end_of_lines(whole: str, node: yaml.Node) -> int:
    """The offset after the last line of a node."""
    last = node
    while isinstance(last, yaml.MappingNode | yaml.SequenceNode) and last.value and not _ends_itself(whole, last):
        last = last.value[-1][1] if isinstance(last, yaml.MappingNode) else last.value[-1]
    end = last.end_mark.index
    if whole[:end].endswith("\n"):
        return int(end)
    return _line_end(whole, end)


def _ends_itself(whole: str, node: yaml.Node) -> bool:
    return whole[node.start_mark.index : node.start_mark.index + 1] in ("{", "[")


def _line_end(whole: str, at: int) -> int:
    """The offset after the line that has `at`."""
    found = whole.find("\n", at)
    return len(whole) if found < 0 else found + 1
