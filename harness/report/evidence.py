"""What to read when a claim did not hold: of all that was logged, the lines that matter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from harness.facts.history import Fact
from harness.judging.judged import ScenarioReport
from harness.judging.verdict import Verdict

_TELLING = re.compile(
    r"(?i)\b(?:error|fail\w*|denied|refused|unauthori[sz]ed|forbidden|exception|traceback|fatal|panic|timed? ?out|"
    r"cannot|could not|unable|not found|no such|invalid|too ?many ?requests|[45]\d\d)\b"
)
_HARMLESS = re.compile(r"(?i)level=(?:info|debug)|^\s+-")
"""Informational lines, and a command's list of options, say such words without meaning them."""
_NAMES = re.compile(r"[\w-]*\d[\w-]*")
"""Words with a digit in them: times, ids, names of builds."""
_LINES_EACH = 6
_SUBJECTS = 4


@dataclass(frozen=True)
class Excerpt:
    """Lines about one thing. `more`: how many were left out."""

    title: str
    lines: tuple[str, ...]
    more: int = 0


def evidence(scenario: ScenarioReport, facts: Iterable[Fact]) -> list[Excerpt]:
    """For a scenario with claims that did not hold: diagnoses, last alert values and telling log lines, those of the
    builds that the failed claims name first. Empty when all held."""
    if all(claim.verdict is Verdict.PASS for claim in scenario.claims) and scenario.verdict is Verdict.PASS:
        return []
    own = _own(scenario, facts)
    return [*_diagnoses(own), *_values(own), *_lapses(own), *_logs(scenario, own)]


def _own(scenario: ScenarioReport, facts: Iterable[Fact]) -> list[Fact]:
    """The scenario's facts of the kinds that are quoted. One name may have been played twice: its start tells."""
    own, inside = [], False
    for fact in facts:
        if fact.kind == "scenario":
            inside = fact.data["event"] == "started" and fact.at == scenario.started_at
        elif inside and fact.kind in ("diagnosis", "alert-value", "claim", "log", "control", "run-error", "observer"):
            own.append(fact)
    return own


def _diagnoses(own: Sequence[Fact]) -> list[Excerpt]:
    return [
        Excerpt(f"Diagnosis of {fact.subject}: {fact.data['cause']}", tuple(str(e) for e in fact.data["evidence"]))
        for fact in own
        if fact.kind == "diagnosis"
    ]


def _values(own: Sequence[Fact]) -> list[Excerpt]:
    return [
        Excerpt(
            f"{fact.subject} when the wait for it ended",
            (f"value {fact.data.get('value')}, threshold {fact.data.get('threshold')}",),
        )
        for fact in own
        if fact.kind == "alert-value"
    ]


def _lapses(own: Sequence[Fact]) -> list[Excerpt]:
    """Controls that were not well, observers that lost their source, errors of the harness."""
    found: dict[str, list[str]] = {}
    for fact in own:
        if fact.kind == "control" and not fact.data["accepted"]:
            found.setdefault(f"Control of {fact.subject}", []).append(str(fact.data["detail"]))
        elif fact.kind == "observer" and fact.data["event"] == "lost":
            found.setdefault(f"{fact.subject} was lost from sight", []).append(str(fact.data.get("why", "")))
        elif fact.kind == "run-error":
            found.setdefault("The harness could not go on", []).append(str(fact.data["what"]))
    return [_excerpt(title, lines) for title, lines in found.items()]


def _logs(scenario: ScenarioReport, own: Sequence[Fact]) -> list[Excerpt]:
    claimed = [fact.data["params"] for fact in own if fact.kind == "claim"]
    named: dict[str, None] = {}
    for params, claim in zip(claimed, scenario.claims, strict=False):
        if claim.verdict is not Verdict.PASS:
            named.update(dict.fromkeys([params.get("correlation_id"), *params.get("correlation_ids", [])]))
    lines: dict[tuple[str, str], list[str]] = {}
    for fact in own:
        if fact.kind == "log" and fact.data["line"].strip():
            job = f"{fact.data['container']} log of {fact.data['job']}"
            lines.setdefault((fact.subject, job), []).append(fact.data["line"])
    in_order = sorted(lines.items(), key=lambda item: item[0][0] not in named)
    return _unlike([_excerpt(title, _telling(said)) for (_, title), said in in_order])[:_SUBJECTS]


def _unlike(excerpts: Sequence[Excerpt]) -> list[Excerpt]:
    """One of those that differ in numbers and names of builds alone, saying how many there are."""
    alike: dict[str, list[Excerpt]] = {}
    for excerpt in excerpts:
        alike.setdefault(_NAMES.sub("", "\n".join(excerpt.lines)), []).append(excerpt)
    return [
        replace(first, title=f"{first.title}, and {len(others)} alike") if others else first
        for first, *others in alike.values()
    ]


def _telling(lines: Sequence[str]) -> list[str]:
    """The lines that speak of trouble; when none does, the last ones."""
    found = [line for line in lines if _TELLING.search(line) and not _HARMLESS.search(line)]
    return found or list(lines[-3:])


def _excerpt(title: str, lines: Sequence[str]) -> Excerpt:
    unlike = list(dict.fromkeys(lines))
    return Excerpt(title, tuple(unlike[-_LINES_EACH:]), max(len(unlike) - _LINES_EACH, 0))
