"""Suspicions put before Prometheus' own engine: does the rule, on series made for it, what a sound rule would do?"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from harness.rules.durations import duration, seconds
from harness.rules.lint.expression import uses
from harness.rules.lint.model import Context, Expected, Proof, Rule, Suspicion
from harness.rules.promtool import Trial, promtool, rules_name, run

# A proof of more evaluations takes seconds, where a hundred others take one.
MOST_EVALUATIONS = 3_000
_RULE, _MENDED = "TheRuleOnTrial", "TheRuleMended"
_GOT = re.compile(r"^ *expr: (\".*\"), time: (\S+?),\s*\n *exp:.*\n *got: (.*)$", re.MULTILINE)
_RULE_ERROR = re.compile(r"^ *rule: (\S+), time: \S+, err: (.*)$", re.MULTILINE)
_PAIRING = re.compile(r"many-to-many|many-to-one|found duplicate series|multiple matches for labels|same labelset")
_VALUE = re.compile(r"^\{\} (\S+)$")


class _Did(StrEnum):
    NOTHING = "nothing"
    FIRED = "fired"
    FAILED = "could not be evaluated"


class _Asked(msgspec.Struct, frozen=True):
    """Alerts by their names on trial, put before the engine on the series of one proof."""

    rule: Rule
    proof: Proof
    alerts: tuple[tuple[str, Rule], ...]


def available() -> bool:
    """Whether there is an engine to prove anything with."""
    return promtool() is not None


def prove(suspicions: Sequence[Suspicion], context: Context) -> list[bool | None]:
    """For each suspicion: True when its rule does otherwise than a sound rule would on the series of its proof, False
    when it does the same, None when it has no proof, no engine can be had, or the engine could not run it."""
    program = promtool()
    answers: list[bool | None] = [None] * len(suspicions)
    provable = [
        (index, suspicion.rule, suspicion.proof)
        for index, suspicion in enumerate(suspicions)
        if suspicion.proof is not None and _evaluations(suspicion.rule, suspicion.proof, context) <= MOST_EVALUATIONS
    ]
    if program is None or not provable:
        return answers
    recorded = _recorded(context.rules)
    asked = [
        _Asked(rule, proof, ((_RULE, rule), *(((_MENDED, proof.mended),) if proof.mended else ())))
        for _, rule, proof in provable
    ]
    seen = _ask(program, asked, recorded, context)
    # Where the rule cannot even be evaluated the engine stops, and has not said what the mended one does.
    alone = [
        number
        for number, each in enumerate(seen)
        if each is not None and each[_RULE] is _Did.FAILED and provable[number][2].mended
    ]
    again = [_Asked(asked[number].rule, asked[number].proof, asked[number].alerts[1:]) for number in alone]
    for number, each in zip(alone, _ask(program, again, recorded, context) if again else (), strict=True):
        seen[number] = None if each is None else {_RULE: _Did.FAILED, **each}
    for (index, _, proof), each in zip(provable, seen, strict=True):
        answers[index] = None if each is None else _confirmed(proof, each)
    return answers


def values_over_time(
    expressions: Sequence[tuple[str, Rule, Proof]], context: Context
) -> list[tuple[tuple[float, float | None], ...]]:
    """For each expression the largest of its values at every one of the proof's instants, in seconds: what a picture
    needs. None where it has no value; empty when it could not be run."""
    program = promtool()
    if program is None or not expressions:
        return [() for _ in expressions]
    recorded = _recorded(context.rules)
    said = run(
        program,
        [
            _trial(number, rule, proof, recorded, context, alerts=[], asked=[f"max({expression})"])
            for number, (expression, rule, proof) in enumerate(expressions)
        ],
    )
    return [
        () if section is None or (section != "SUCCESS" and not _GOT.search(section)) else _largest(proof, section)
        for (_, _, proof), section in zip(expressions, said, strict=True)
    ]


def _ask(
    program: Path, asked: Sequence[_Asked], recorded: Mapping[str, Sequence[Rule]], context: Context
) -> list[dict[str, _Did] | None]:
    """What each alert did, by its name on trial; None when the engine could not run it."""
    trials = [
        _trial(
            number,
            each.rule,
            each.proof,
            recorded,
            context,
            alerts=each.alerts,
            asked=[_is_firing(name) for name, _ in each.alerts],
        )
        for number, each in enumerate(asked)
    ]
    return [
        None if section is None else _seen([name for name, _ in each.alerts], section)
        for each, section in zip(asked, run(program, trials), strict=True)
    ]


def _is_firing(name: str) -> str:
    return f"count(ALERTS{{alertname='{name}',alertstate='firing'}})"


def _trial(
    number: int,
    rule: Rule,
    proof: Proof,
    recorded: Mapping[str, Sequence[Rule]],
    context: Context,
    *,
    alerts: Sequence[tuple[str, Rule]],
    asked: Sequence[str],
) -> Trial:
    given = {sample.series.partition("{")[0] for sample in proof.samples}
    needed = list(_needed([rule, *(each for _, each in alerts)], recorded, given))
    interval = duration(round(_interval_s(rule, context) * 1000))
    group = {"name": "trial", "interval": interval, "rules": [*map(_recording, needed), *map(_alerting, alerts)]}
    test = {
        "rule_files": [rules_name(number)],
        "evaluation_interval": interval,
        "tests": [
            {
                "interval": duration(round(proof.interval_s * 1000)),
                "input_series": [{"series": sample.series, "values": sample.values} for sample in proof.samples],
                "promql_expr_test": [
                    {"expr": expression, "eval_time": duration(round(at * 1000)), "exp_samples": []}
                    for expression in asked
                    for at in proof.at_s
                ],
            }
        ],
    }
    # JSON is YAML, and needs no care for what a text may look like.
    return Trial(rules=json.dumps({"groups": [group]}), test=json.dumps(test))


def _alerting(named: tuple[str, Rule]) -> dict[str, Any]:
    name, rule = named
    body: dict[str, Any] = {"alert": name, "expr": rule.expr, "labels": dict(rule.labels)}
    if rule.for_s:
        body["for"] = duration(round(rule.for_s * 1000))
    if rule.keep_firing_for_s:
        body["keep_firing_for"] = duration(round(rule.keep_firing_for_s * 1000))
    return body


def _recording(rule: Rule) -> dict[str, Any]:
    return {"record": rule.record, "expr": rule.expr, "labels": dict(rule.labels)}


def _recorded(rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.record:
            found.setdefault(rule.record, []).append(rule)
    return found


def _needed(rules: Iterable[Rule], recorded: Mapping[str, Sequence[Rule]], given: set[str]) -> Iterator[Rule]:
    """Recording rules that these use, each after those it uses itself; those whose series are given are not needed."""
    for rule in rules:
        for use in uses(rule.ast):
            if use.metric in recorded and use.metric not in given:
                given.add(use.metric)
                yield from _needed(recorded[use.metric], recorded, given)
                yield from recorded[use.metric]


def _seen(names: Sequence[str], section: str) -> dict[str, _Did] | None:
    if section == "SUCCESS":
        return dict.fromkeys(names, _Did.NOTHING)
    errors = _RULE_ERROR.findall(section)
    failed = {name for name, why in errors if _PAIRING.search(why)}
    fired = {name for expression, _, _ in _GOT.findall(section) for name in names if name in expression}
    if {name for name, _ in errors} - failed or failed - set(names) or not (failed or fired):
        return None
    return {name: _Did.FAILED if name in failed else _Did.FIRED if name in fired else _Did.NOTHING for name in names}


def _confirmed(proof: Proof, seen: Mapping[str, _Did]) -> bool:
    sound = _Did.FIRED if proof.expected is Expected.FIRES else _Did.NOTHING
    if _MENDED in seen and seen[_MENDED] is not sound:
        return False
    # A rule that cannot be evaluated raises nothing: no harm where nothing is to be raised.
    return seen[_RULE] is not sound and (sound is _Did.FIRED or seen[_RULE] is _Did.FIRED)


def _largest(proof: Proof, section: str) -> tuple[tuple[float, float | None], ...]:
    found = {seconds(time): _VALUE.match(got.strip()) for _, time, got in _GOT.findall(section)}
    values = []
    for at in proof.at_s:
        value = found.get(at)
        number = float(value[1]) if value else None
        values.append((at, None if number is None or math.isnan(number) else number))
    return tuple(values)


def _evaluations(rule: Rule, proof: Proof, context: Context) -> float:
    return max(proof.at_s, default=0.0) / _interval_s(rule, context)


def _interval_s(rule: Rule, context: Context) -> float:
    return rule.interval_s or context.evaluation_interval_s
