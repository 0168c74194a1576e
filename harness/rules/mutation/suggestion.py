"""A test that would kill a mutant that survived: series on which the rule and the mutant do not do the same.

The series are those that `rules lint` proves its findings with, made from the expression of either; as they are, half
as high, with three series in the place of each, and with another value of each label. promtool says what both do, and
what the rule does is what the test expects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from harness.rules.durations import duration
from harness.rules.lint.model import Proof, Rule, Sample
from harness.rules.lint.promql import Unparsed, parse
from harness.rules.lint.proof.series import should_fire, should_resolve, should_stay_quiet
from harness.rules.mutation.model import Mutant
from harness.rules.mutation.source import Source, SourceRule, changed
from harness.rules.promtool import Trial, rules_name, run

_MOST_STEPS = 1_500
_COPIES = 3
_LOOKS = 12
_GOT = re.compile(r"alertname: .*?, time: (\S+?), *\n *exp:\[\], *\n *got:\[\n(.*?)\n *\]", re.DOTALL)
_ALERT = re.compile(r"Labels:\{(.*)\}\n *Annotations:\{(.*)\}")
_NUMBER = re.compile(r"(?<![x\d.])\d+(?:\.\d+)?")
_LABEL = re.compile(r'([A-Za-z_]\w*)=("(?:\\.|[^"\\])*")')


class Candidate(msgspec.Struct, frozen=True):
    """Series on which the two may differ, one value each `interval_s`, and when they are looked at, seconds."""

    samples: tuple[Sample, ...]
    interval_s: float
    at_s: tuple[float, ...]


def suggest(program: Path, source: Source, mutants: Sequence[Mutant]) -> dict[str, str]:
    """For mutants of alerts a promtool test that kills each, by rule and name as `key_of` has it; those for which none
    was found are missing."""
    rules = {each.place: each for each in source.rules}
    waiting = {
        key_of(mutant): (mutant, rules[mutant.place], _candidates(rules[mutant.place], mutant))
        for mutant in mutants
        if mutant.place is not None and rules[mutant.place].rule.alert
    }
    found: dict[str, str] = {}
    while waiting:
        tried = {key: (mutant, of, next(left, None)) for key, (mutant, of, left) in waiting.items()}
        asked = [(key, mutant, of, each) for key, (mutant, of, each) in tried.items() if each is not None]
        found |= _tell_apart(program, source, asked)
        waiting = {key: waiting[key] for key, *_ in asked if key not in found}
    return found


def _tell_apart(
    program: Path, source: Source, asked: Sequence[tuple[str, Mutant, SourceRule, Candidate]]
) -> dict[str, str]:
    """The tests of those that do otherwise than their rule does on the series that they were given."""
    trials: list[Trial] = []
    for _, mutant, of, candidate in asked:
        own = source.groups[of.place.group]["rules"][of.place.rule]
        for rule in (own, changed(own, mutant.change)):
            trials.append(_trial(len(trials), rule, candidate, source))
    said = run(program, trials)
    found: dict[str, str] = {}
    for (key, _, of, candidate), ours, theirs in zip(asked, said[::2], said[1::2], strict=True):
        if ours is None or theirs is None:
            continue
        one, other = _alerts(ours), _alerts(theirs)
        at = next((at for at in map(_text, candidate.at_s) if one.get(at, []) != other.get(at, [])), None)
        if at is not None:
            found[key] = _test(source, of.rule, candidate, at, one.get(at, []))
    return found


def key_of(mutant: Mutant) -> str:
    """What tells a mutant from all others of its file."""
    return f"{mutant.place} {mutant.name}"


def _candidates(of: SourceRule, mutant: Mutant) -> Iterator[Candidate]:
    for rule in (of.rule, _mutated(of.rule, mutant)):
        for make in (should_fire, should_resolve, should_stay_quiet):
            proof = make(rule, "")
            if proof is not None:
                for samples in _variants(proof.samples):
                    yield _candidate(proof, samples)


def _mutated(rule: Rule, mutant: Mutant) -> Rule:
    """The mutant, as far as series are made of it."""
    if mutant.change.field != ("expr",) or mutant.change.value is None:
        return rule
    tree = parse(mutant.change.value)
    return rule if isinstance(tree, Unparsed) else msgspec.structs.replace(rule, expr=mutant.change.value, ast=tree)


def _candidate(proof: Proof, samples: tuple[Sample, ...]) -> Candidate:
    end = max(proof.at_s)
    interval = max(proof.interval_s, end / _MOST_STEPS)
    evenly = {interval * round(end * share / _LOOKS / interval) for share in range(1, _LOOKS + 1)}
    return Candidate(samples, proof.interval_s, tuple(sorted(evenly)))


def _variants(samples: tuple[Sample, ...]) -> Iterator[tuple[Sample, ...]]:
    yield samples
    # Series that should fire an alert are at twice its threshold: half of them are at the threshold itself.
    yield tuple(Sample(each.series, _NUMBER.sub(_halved, each.values)) for each in samples)
    yield tuple(_copies(samples))
    for label in sorted({name for each in samples for name, _ in _LABEL.findall(each.series)} - {"le"}):
        yield tuple(Sample(_elsewhere(each.series, label), each.values) for each in samples)


def _halved(number: re.Match[str]) -> str:
    return f"{float(number[0]) / 2:.12g}"


def _elsewhere(series: str, label: str) -> str:
    """The series with another value of the label."""
    return _LABEL.sub(lambda found: f'{label}={found[2][:-1]}-other"' if found[1] == label else found[0], series)


def _copies(samples: Sequence[Sample]) -> Iterator[Sample]:
    for sample in samples:
        name, _, labels = sample.series.partition("{")
        for number in range(1, _COPIES + 1):
            rest = f",{labels}" if labels and labels != "}" else "}"
            yield Sample(f'{name}{{replica="{number}"{rest}', sample.values)


def _trial(number: int, rule: Mapping[str, Any], candidate: Candidate, source: Source) -> Trial:
    recording = [each for group in source.groups for each in group["rules"] if "record" in each]
    groups = [{"name": "recording", "rules": recording}, {"name": "alert", "rules": [rule]}]
    looks = [{"eval_time": _text(at), "alertname": rule["alert"], "exp_alerts": []} for at in candidate.at_s]
    test = {"rule_files": [rules_name(number)], **_body(candidate, looks)}
    return Trial(rules=json.dumps({"groups": groups}), test=json.dumps(test))


def _body(candidate: Candidate, looks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "evaluation_interval": _text(candidate.interval_s),
        "tests": [
            {
                "interval": _text(candidate.interval_s),
                "input_series": [{"series": each.series, "values": each.values} for each in candidate.samples],
                "alert_rule_test": list(looks),
            }
        ],
    }


def _alerts(section: str) -> dict[str, list[tuple[dict[str, str], dict[str, str]]]]:
    """Labels and annotations of what fired, by the instant."""
    return {
        at: [(_labels(labels), _labels(annotations)) for labels, annotations in _ALERT.findall(got)]
        for at, got in _GOT.findall(section)
    }


def _labels(text: str) -> dict[str, str]:
    return {name: json.loads(value) for name, value in _LABEL.findall(text)}


def _test(
    source: Source, rule: Rule, candidate: Candidate, at: str, fires: Sequence[tuple[dict[str, str], dict[str, str]]]
) -> str:
    expected = [
        {
            "exp_labels": {name: value for name, value in labels.items() if name != "alertname"},
            "exp_annotations": annotations,
        }
        for labels, annotations in fires
    ]
    look = {"eval_time": at, "alertname": rule.alert, "exp_alerts": expected}
    test = {"rule_files": [Path(source.file).name], **_body(candidate, [look])}
    return str(yaml.safe_dump(test, sort_keys=False, width=1000, allow_unicode=True))


def _text(seconds: float) -> str:
    return duration(round(seconds * 1000))
