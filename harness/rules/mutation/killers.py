"""What a mutant is put before: promtool tests, written by hand or made of saved runs, each with the rules around it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from glob import glob
from pathlib import Path
from typing import Any, Protocol

import msgspec
import yaml

from harness.errors import UsageError
from harness.rules.lint.yaml_tree import TooDeep, documents, fields
from harness.rules.mutation.model import Kind, Place
from harness.rules.mutation.source import Source, data_of, read_source
from harness.rules.promtool import Trial, rules_name
from harness.rules.scale import scale

_SEES_ALERTS = re.compile(r"\bALERTS|__name__")


class Killer(Protocol):
    """A test that a rule can be put before."""

    @property
    def name(self) -> str:
        """As it is told."""
        ...

    @property
    def kind(self) -> Kind: ...

    def trial(self, number: int, place: Place, rule: Mapping[str, Any]) -> Trial | None:
        """The test, with `rule` where the file has another one at that place; None when it has no say in that rule."""
        ...


class TestFile(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's promtool test file.

    Attributes:
        before, after: the file's text up to its field `rule_files`, and from the next one on.
        data: the file read.
        groups: of all its rule files together; `first`: where those of the mutated file begin among them.
        apart: whether no alert can be seen but by its name, so that one alert's tests need no other alert.
    """

    name: str
    before: str
    after: str
    data: Mapping[str, Any]
    apart: bool
    groups: Sequence[Any]
    first: int
    kind: Kind = Kind.TESTS

    __test__ = False

    def trial(self, number: int, place: Place, rule: Mapping[str, Any]) -> Trial | None:
        """See Killer. Of an alert only its own tests are run, with no other alert: they are what it can fail."""
        at = Place(self.first + place.group, place.rule)
        if not self.apart or "alert" not in rule:
            return self._whole(number, with_rule(self.groups, at, rule))
        own = _tests_of(str(self.groups[at.group]["rules"][at.rule]["alert"]), self.data["tests"])
        if not own:
            return None
        groups = _without_alerts(with_rule(self.groups, at, rule), at)
        test = json.dumps({**self.data, "rule_files": [rules_name(number)], "tests": own})
        return Trial(rules=json.dumps({"groups": groups}), test=test)

    def as_it_is(self, number: int) -> Trial:
        """The whole file with the rules as they are."""
        return self._whole(number, self.groups)

    def _whole(self, number: int, groups: Sequence[Any]) -> Trial:
        test = f"{self.before}rule_files: [{rules_name(number)}]\n{self.after}"
        return Trial(rules=json.dumps({"groups": groups}), test=test)


class RecordedTest(msgspec.Struct, frozen=True, kw_only=True):
    """What a scenario of a saved run saw of the alerts of one file.

    Attributes:
        tests: for each alert's place in the mutated file, the test that it must pass, without `rule_files`.
        varying: for each place, the annotations that the run cannot judge; the rule is tested without them.
        recording: the rules that record what alerts are made of, as groups; durations as in the run.
        factor: by what the run's durations are divided.
    """

    name: str
    tests: Mapping[Place, Mapping[str, Any]]
    varying: Mapping[Place, frozenset[str]]
    recording: Sequence[Any]
    factor: int
    kind: Kind = Kind.RUNS

    def trial(self, number: int, place: Place, rule: Mapping[str, Any]) -> Trial | None:
        """See Killer. The mutant's own durations are divided as those of the run's rules were.

        Raises:
            UsageError: one of them cannot be.
        """
        test = self.tests.get(place)
        if test is None:
            return None
        told = {name: text for name, text in (rule.get("annotations") or {}).items() if name not in self.varying[place]}
        alone = yaml.safe_dump({"groups": [{"name": "the rule", "rules": [{**rule, "annotations": told}]}]})
        scaled = yaml.safe_load(scale(alone, "rules", self.factor))
        groups = [*self.recording, *scaled["groups"]]
        test = {**test, "rule_files": [rules_name(number)]}
        return Trial(rules=json.dumps({"groups": groups}), test=json.dumps(test))


def with_rule(groups: Sequence[Any], place: Place, rule: Mapping[str, Any]) -> list[Any]:
    """The groups, with another rule at that place."""
    changed = list(groups)
    rules = list(changed[place.group]["rules"])
    rules[place.rule] = rule
    changed[place.group] = {**changed[place.group], "rules": rules}
    return changed


def _tests_of(alert: str, tests: Sequence[Any]) -> list[Any]:
    """The tests that look at this alert, without what else they look at."""
    looks = [
        (test, [look for look in test.get("alert_rule_test") or () if look.get("alertname") == alert]) for test in tests
    ]
    return [{**test, "alert_rule_test": own, "promql_expr_test": []} for test, own in looks if own]


def _expressions(data: Mapping[str, Any], groups: Sequence[Any]) -> Iterator[str]:
    yield from (str(rule.get("expr")) for group in groups for rule in group["rules"])
    for test in data.get("tests") or ():
        yield from (str(look.get("expr")) for look in test.get("promql_expr_test") or ())


def _without_alerts(groups: Sequence[Any], but: Place) -> list[Any]:
    def kept(number: int, group: Any) -> list[Any]:
        rules = enumerate(group["rules"])
        return [rule for index, rule in rules if "record" in rule or Place(number, index) == but]

    return [{**group, "rules": kept(number, group)} for number, group in enumerate(groups)]


def read_test(name: str, source: Source) -> TestFile | None:
    """The test file of that name, when it tests the rules of `source`, else None.

    Raises:
        UsageError: it, or a rule file that it names, cannot be read, or it is no promtool test.
    """
    try:
        text = Path(name).read_text(encoding="utf-8")
        root = next(documents(text))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TooDeep) as error:
        raise UsageError(f"{name} cannot be read: {' '.join(str(error).split())}") from error
    pair = next(((key, value) for key, value in fields(root) if key.value == "rule_files"), None)
    if pair is None or not isinstance(pair[1], yaml.SequenceNode):
        raise UsageError(f"{name} is no promtool test: it has no list `rule_files`", todo=f"promtool test rules {name}")
    key, listed = pair
    data = data_of(root)
    files = [Path(file) for item in listed.value for file in sorted(glob(str(Path(name).parent / item.value)))]
    groups: list[Any] = []
    first: int | None = None
    for file in files:
        if file.resolve() == Path(source.file).resolve():
            first = len(groups)
            groups += source.groups
        else:
            groups += read_source(str(file)).groups
    if first is None:
        return None
    return TestFile(
        name=name,
        before=text[: key.start_mark.index],
        after=text[listed.end_mark.index :],
        data=data,
        apart=not any(_SEES_ALERTS.search(expression) for expression in _expressions(data, groups)),
        groups=groups,
        first=first,
    )
