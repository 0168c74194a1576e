"""A rule before its mend and after it, as `pairs/*.yaml` have them, and what promtool and the lint say to both.

A pair has `series`, one value each `every`, and `at`, the instants at which both rules are looked at; each side `does`
one of "fires" and "quiet" at each of them, or `error` at all (the rule cannot be evaluated), or is `refused` (its file
is not loaded). `told` is how severely the lint tells of the first side, by `check`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from harness.rules.durations import seconds
from harness.rules.lint.loading import refusals
from harness.rules.lint.model import Finding, Rule, Severity
from harness.rules.lint.run import lint
from harness.rules.lint.scraped import Scraped, from_files
from harness.rules.promtool import Trial, rules_name, run

BEFORE, AFTER = "before", "after"
REFUSED, ERROR = "refused", "error"


class Side(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule, and what it does at each instant of its pair, or `REFUSED`. `reads`: its summary as rendered."""

    expr: str
    does: list[str] | str = []
    alert: str = "Trouble"
    for_s: str = msgspec.field(default="", name="for")
    keep_firing_for: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    reads: str = ""


class Pair(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`beside` is in the file with either side; `page`, `scrape` and `still` are what the lint is told of the system;
    `alone`: rules of other pairs would make a difference."""

    of: str
    check: str
    told: Severity
    series: dict[str, str]
    at: list[str]
    before: Side
    after: Side
    every: str = "1m"
    for_s: str = msgspec.field(default="", name="for")
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    beside: Side | None = None
    page: str = ""
    scrape: str = "1m"
    still: frozenset[str] = frozenset()
    alone: bool = False
    routed: str = ""

    def side(self, name: str) -> Side:
        return self.before if name == BEFORE else self.after


def pairs() -> list[Pair]:
    """All of them."""
    files = sorted((Path(__file__).parent / "pairs").glob("*.yaml"))
    # All scalars as text: 0x40 is forty zeros to promtool, a number to YAML.
    loaded = [yaml.load(file.read_text(), yaml.BaseLoader) for file in files]
    return [pair for file in loaded for pair in msgspec.convert(file, list[Pair], strict=False)]


def rule_file(pair: Pair, side: str) -> str:
    """The rule of one side, and the one beside it, as they stand in a file."""
    beside = [] if pair.beside is None else [_rule(pair, pair.beside)]
    return _groups([*beside, _rule(pair, pair.side(side))])


def decided(program: Path, wanted: Sequence[tuple[Pair, str]]) -> list[str]:
    """For each side "as claimed", or what promtool says instead."""
    refused = refusals(program, [rule_file(*each) for each in wanted])
    said = run(program, [_trial(number, *each) for number, each in enumerate(wanted)])
    return [_decision(pair.side(side), *answers) for (pair, side), *answers in zip(wanted, refused, said, strict=True)]


def linted(wanted: Sequence[tuple[Pair, str]], folder: Path) -> list[list[Finding]]:
    """For each side what the lint finds, promtool asked; those that know the same of the system in one run."""
    files = [folder / f"{number}.yaml" for number in range(len(wanted))]
    runs: dict[object, list[int]] = {}
    for number, (file, (pair, side)) in enumerate(zip(files, wanted, strict=True)):
        file.write_text(rule_file(pair, side))
        runs.setdefault((pair.page, pair.scrape, pair.still, number if pair.alone else None), []).append(number)
    found: dict[str, list[Finding]] = {str(file): [] for file in files}
    for numbers in runs.values():
        pair, _ = wanted[numbers[0]]
        done = lint(
            [str(files[number]) for number in numbers],
            scraped=_asked_of(_known(pair, folder)),
            scrape_interval_s=seconds(pair.scrape),
        )
        for finding in done.findings:
            found[finding.file].append(finding)
    return [found[str(file)] for file in files]


def _asked_of(known: Scraped) -> Callable[[Sequence[Rule]], Scraped]:
    return lambda _rules: known


def _known(pair: Pair, folder: Path) -> Scraped:
    if not pair.page:
        return Scraped()
    (folder / "page").write_text(pair.page)
    return msgspec.structs.replace(from_files([str(folder / "page")]), still=pair.still)


def _rule(pair: Pair, side: Side) -> dict[str, Any]:
    rule: dict[str, Any] = {"alert": side.alert, "expr": side.expr}
    rule["labels"] = {**pair.labels, **side.labels}
    rule["annotations"] = side.annotations or pair.annotations
    if side.for_s or pair.for_s:
        rule["for"] = side.for_s or pair.for_s
    if side.keep_firing_for:
        rule["keep_firing_for"] = side.keep_firing_for
    return rule


def _groups(rules: Sequence[Mapping[str, Any]], interval: str = "") -> str:
    group = {"name": "pair", "rules": rules, **({"interval": interval} if interval else {})}
    return yaml.safe_dump({"groups": [group]}, sort_keys=False)


def _trial(number: int, pair: Pair, name: str) -> Trial:
    side = pair.side(name)
    rule, asked = _rule(pair, side), [f'alertname="{side.alert}"', 'alertstate="firing"']
    if side.reads:
        # A label is rendered as an annotation is, and can be asked for.
        rule["labels"] = {**rule["labels"], "reads": rule["annotations"]["summary"]}
        asked.append(f"reads={json.dumps(side.reads)}")
    if pair.routed:
        asked.append(pair.routed)
    claims = list(_claims(pair, side, asked))
    rules = [rule]
    if pair.beside is not None:
        rules.append(_rule(pair, pair.beside))
        claims += _claims(pair, pair.beside, [f'alertname="{pair.beside.alert}"', 'alertstate="firing"'])
    test = {
        "rule_files": [rules_name(number)],
        "evaluation_interval": pair.every,
        "tests": [
            {
                "interval": pair.every,
                "input_series": [{"series": series, "values": values} for series, values in pair.series.items()],
                "promql_expr_test": claims,
            }
        ],
    }
    return Trial(rules=_groups(rules, pair.every), test=json.dumps(test))


def _claims(pair: Pair, side: Side, asked: Iterable[str]) -> Iterator[dict[str, Any]]:
    # Of a rule that cannot be evaluated nothing is there, and promtool says so besides.
    does_at_each = ["quiet"] * len(pair.at) if side.does in ([ERROR], REFUSED) else side.does
    for at, does in zip(pair.at, does_at_each, strict=bool(side.does)):
        yield {
            "expr": f"count(ALERTS{{{','.join(asked)}}}) > bool 0",
            "eval_time": at,
            "exp_samples": {"fires": [{"labels": "{}", "value": 1}], "quiet": []}[does],
        }


def _decision(side: Side, refused: str | None, said: str | None) -> str:
    if side.does == REFUSED:
        return "as claimed" if refused else "it was loaded"
    if refused:
        return f"it was refused: {refused}"
    if side.does == [ERROR]:
        return "as claimed" if said is not None and "err: " in said else f"it could be evaluated: {said}"
    return "as claimed" if said == "SUCCESS" else str(said)
