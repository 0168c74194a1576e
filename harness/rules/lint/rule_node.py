"""One rule, from its YAML node to a `Rule`, with everything for which Prometheus would refuse it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Mapping

import msgspec
import yaml

from harness.errors import UsageError
from harness.rules.durations import seconds
from harness.rules.lint.doubt import Doubt, alert_with, rule_file
from harness.rules.lint.model import Finding, Rule, Severity
from harness.rules.lint.promql import Unparsed, parse
from harness.rules.lint.templates import mistake
from harness.rules.lint.yaml_tree import field, fields, text_of

_FIELDS = ("record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations")
_OTHER_SYSTEMS = frozenset({"debug", "update_entries_limit", "enabled", "interval"})
_BLOCK = ("|", ">")
_LONGEST_TEXT = 20_000


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where YAML stands in its file: text within a ConfigMap has lines of its own.

    Attributes:
        offset: lines of the file above its first line; `fixed`: the one line that all of it is told as, 0 for none.
        plain: whether Prometheus reads the file as it is, so that it would refuse what it does not know.
    """

    file: str
    offset: int = 0
    fixed: int = 0
    plain: bool = True

    def line(self, index: int) -> int:
        """The line in the file, from 1, of the line `index` of the YAML, from 0."""
        return self.fixed or index + 1 + self.offset


class GroupHead(msgspec.Struct, frozen=True):
    """What a rule takes from its group."""

    name: str
    interval_s: float | None


def line_of_value(node: yaml.Node, place: Place) -> int:
    """The line on which the text of a value begins: for a block scalar the first that is not empty."""
    if isinstance(node, yaml.ScalarNode) and node.style in _BLOCK:
        blank = len(node.value) - len(node.value.lstrip("\n"))
        return place.line(node.start_mark.line + 1 + blank)
    return place.line(node.start_mark.line)


def last_line(node: yaml.Node, place: Place) -> int:
    """The last line that has something of the node."""
    if isinstance(node, yaml.ScalarNode):
        end = node.end_mark.line
        return place.line(end - 1 if node.style in _BLOCK and node.end_mark.column == 0 else end)
    if not node.value:
        return place.line(node.end_mark.line)
    children = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
    last = max(children, key=lambda child: (child.start_mark.line, child.start_mark.column))
    return last_line(last, place)


def read_rule(node: yaml.Node, head: GroupHead, place: Place) -> tuple[Rule | None, list[Doubt]]:
    """The rule, None when there is not enough of it, and what Prometheus would refuse about it."""
    line = place.line(node.start_mark.line)
    if not isinstance(node, yaml.MappingNode):
        found = Finding(
            file=place.file, rule="", line=line, check="rule-file", severity=Severity.WARNING,
            message="a rule is a mapping with `alert` or `record`, and `expr`",
        )  # fmt: skip
        return None, [Doubt(finding=found, text='{"groups":[{"name":"group","rules":["text"]}]}')]
    alert, record = text_of(field(node, "alert")) or "", text_of(field(node, "record")) or ""
    expr_node, expr = field(node, "expr"), text_of(field(node, "expr")) or ""
    expr_line = line_of_value(expr_node, place) if expr_node is not None else line

    def doubt(check: str, message: str, text: str, *, at: int = line, mend: str = "") -> Doubt:
        finding = Finding(
            file=place.file, rule=alert or record, line=at, check=check, severity=Severity.WARNING,
            message=message, mend=mend,
        )  # fmt: skip
        return Doubt(finding=finding, text=text)

    doubts = [*_of_fields(node, place, doubt), *_of_shape(node, alert, record, expr, doubt)]
    spans: dict[str, float] = {}
    for name in ("for", "keep_firing_for"):
        spans[name], wrong = _span(node, name, doubt)
        doubts += wrong
    labels, annotations = _texts(field(node, "labels")), _texts(field(node, "annotations"))
    if alert:
        doubts += _of_templates(labels, annotations, doubt)
        doubts += _of_length({**labels, **annotations}, doubt)
    if not expr.strip() or bool(alert) == bool(record):
        return None, doubts
    tree = parse(expr)
    if isinstance(tree, Unparsed):
        return None, [*doubts, _of_expression(tree, expr, expr_line, doubt)]
    rule = Rule(
        file=place.file, line=line, expr_line=expr_line, group=head.name, interval_s=head.interval_s, alert=alert,
        record=record, expr=expr, ast=tree, for_s=spans["for"], keep_firing_for_s=spans["keep_firing_for"],
        labels=_readable(labels), annotations=_readable(annotations),
    )  # fmt: skip
    return rule, doubts


def nearest(name: str, known: tuple[str, ...]) -> str:
    """What to do about an unknown field."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean `{close[0]}`?" if close else f"known are {', '.join(known)}"


_Make = Callable[..., Doubt]


def _of_fields(node: yaml.MappingNode, place: Place, doubt: _Make) -> Iterator[Doubt]:
    seen: set[str] = set()
    for key, value in fields(node):
        name, at = key.value, place.line(key.start_mark.line)
        if name in seen:
            yield doubt("rule-file", f"`{name}` is given twice", alert_with(("labels", "{}"), ("labels", "{}")), at=at)
        seen.add(name)
        if name not in _FIELDS and name not in _OTHER_SYSTEMS:
            text = alert_with((name, "{}")) if place.plain else ""
            yield doubt("unknown-field", f"a rule has no field `{name}`", text, at=at, mend=nearest(name, _FIELDS))
        elif name in ("labels", "annotations") and not _is_texts(value):
            yield doubt("rule-file", f"`{name}` is no mapping of names to texts", alert_with((name, '["text"]')), at=at)


def _of_shape(node: yaml.MappingNode, alert: str, record: str, expr: str, doubt: _Make) -> Iterator[Doubt]:
    pairs = [(name, json.dumps(text)) for name, text in (("alert", alert), ("record", record)) if text]
    if len(pairs) != 1:
        which = "both" if pairs else "neither"
        yield doubt("rule-file", f"the rule has {which} `alert` and `record`", rule_file([*pairs, ("expr", '"up"')]))
    elif not expr.strip():
        yield doubt("rule-file", "the rule has no expression", rule_file(pairs))
    if record and not alert:
        for name in ("for", "keep_firing_for", "annotations"):
            if field(node, name) is not None:
                value = '{"summary":"text"}' if name == "annotations" else '"1m"'
                text = rule_file([("record", '"a:b"'), ("expr", '"up"'), (name, value)])
                yield doubt("rule-file", f"a recording rule has no `{name}`", text, mend="delete it")


def _span(node: yaml.MappingNode, name: str, doubt: _Make) -> tuple[float, list[Doubt]]:
    value = text_of(field(node, name))
    if value is None:
        return 0.0, []
    try:
        return seconds(value), []
    except UsageError as error:
        text = alert_with((name, json.dumps(value)))
        return 0.0, [doubt("duration", f"`{name}`: {error.what}", text, mend=error.todo)]


def _of_templates(labels: Mapping[str, str], annotations: Mapping[str, str], doubt: _Make) -> Iterator[Doubt]:
    kinds = (("label", "labels", labels), ("annotation", "annotations", annotations))
    for kind, name, texts in kinds:
        templates = {key: text for key, text in texts.items() if "{{" in text}
        if not templates:
            continue
        wrong = [(key, why) for key, text in templates.items() if (why := mistake(text))]
        told = "; ".join(f"{key}: {why}" for key, why in wrong)
        message = f"a template among the {kind}s does not parse" + (f": {told}" if told else "")
        asked = doubt("template", message, alert_with((name, json.dumps(templates))))
        yield msgspec.structs.replace(asked, certain=bool(wrong))


def _of_length(texts: Mapping[str, str], doubt: _Make) -> Iterator[Doubt]:
    for name in texts.keys() - _readable(texts).keys():
        made = doubt("template", f"{name} is too long to be looked at", "")
        told = msgspec.structs.replace(made.finding, severity=Severity.HINT)
        yield Doubt(finding=told, text="", accepted=told)


def _readable(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if len(text) <= _LONGEST_TEXT}


def _of_expression(why: Unparsed, expr: str, line: int, doubt: _Make) -> Doubt:
    made = doubt(why.check, why.message, alert_with(expr=expr), at=line, mend=why.mend)
    passed = msgspec.structs.replace(
        made.finding,
        check="promql",
        severity=Severity.HINT,
        message="Prometheus reads this expression, this program does not: no other check has looked at it",
        mend="",
    )
    told = msgspec.structs.replace(passed, message=why.message) if why.doubtful else made.finding
    return Doubt(finding=told, text="" if why.doubtful else made.text, accepted=passed)


def _is_texts(node: yaml.Node) -> bool:
    if isinstance(node, yaml.ScalarNode):
        return text_of(node) is None
    return isinstance(node, yaml.MappingNode) and all(isinstance(value, yaml.ScalarNode) for _, value in fields(node))


def _texts(node: yaml.Node | None) -> dict[str, str]:
    if node is None:
        return {}
    return {key.value: value.value for key, value in fields(node) if isinstance(value, yaml.ScalarNode)}
