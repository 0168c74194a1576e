"""For each way in which rules go wrong a rule before its mend and after it: promtool says what each does on the same
series, and the lint finds the first and nothing in the second."""

from __future__ import annotations

from collections import Counter

import msgspec
import promql_parser
import pytest

from harness.rules.lint.expression import uses
from harness.rules.lint.model import Context, Finding, Severity, Suspicion
from harness.rules.lint.proof import prove
from harness.rules.promtool import promtool
from tests.unit.rules.checking import rule, suspicions
from tests.unit.rules.pairing import AFTER, BEFORE, REFUSED, Pair, Side, decided, linted, pairs

PAIRS = pairs()
every_pair = pytest.mark.parametrize("pair", PAIRS, ids=[pair.of for pair in PAIRS])

pytestmark = pytest.mark.skipif(promtool() is None, reason="no promtool on PATH, and none can be had from Debian")

# As issues and mends of public rules have them; what is after a comma in a pair's `of` tells it from the others.
_WAYS = (
    "wrong or renamed metric", "wrong label name", "wrong label value", "hard-coded job",
    "never match in arithmetic", "never match in a comparison", "never match in and", "never match in unless",
    "many-to-many", "aggregation drops what the other side needs", "two values of one label",
    "unit", "ratio compared with 10", "percentage compared with 0.8", "vector divided by itself", "precedence",
    "missing comparison", "inverted comparison", "quoted string as expression",
    "count() == 0", "count() that goes with the last one", "absent that cannot see nothing",
    "unless that cannot see nothing", "dies with the target", "state set without == 1",
    "histogram_quantile without le", "histogram_quantile not of buckets",
    "histogram_quantile of buckets since the start", "counter used raw", "counter compared for equality",
    "rate on a gauge", "counter said to decrease", "gauge that never moves",
    "range shorter than two scrapes", "for longer than a burst lives", "for equal to its window",
    "increase of a series born with its first event", "never resolves",
    "padded denominator", "clamped denominator", "timestamp() of a scrape", "label that changes with the value",
    "twin by offset", "dashboard's variable", "two alerts for one cause", "text says otherwise",
    "renamed metric", "renamed label", "pattern taken for a value", "value that there is not",
    "labels of two exporters",
    "another value on the other side", "instant taken for a duration", "healthy state", "free taken for used",
    "asked of one side alone", "misspelt metric", "label that there is not",
    "rate taken for a count", "quantile as a percentage", "text with another figure",
    "without severity", "without summary", "without runbook",
)  # fmt: skip
_SOME = 20
_Findings = dict[tuple[str, str], list[Finding]]


@pytest.fixture(scope="module")
def decisions() -> dict[tuple[str, str], str]:
    program = promtool()
    assert program is not None
    sides = [(pair, side) for pair in PAIRS for side in (BEFORE, AFTER)]
    return {(pair.of, side): said for (pair, side), said in zip(sides, decided(program, sides), strict=True)}


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> _Findings:
    sides = [(pair, side) for pair in PAIRS for side in (BEFORE, AFTER)]
    found = linted(sides, tmp_path_factory.mktemp("pairs"))
    return {(pair.of, side): each for (pair, side), each in zip(sides, found, strict=True)}


@every_pair
def test_promtool_shows_what_is_wrong_before_and_right_after(pair: Pair, decisions: dict[tuple[str, str], str]) -> None:
    assert (decisions[pair.of, BEFORE], decisions[pair.of, AFTER]) == ("as claimed", "as claimed")


@every_pair
def test_the_first_is_found_once_and_the_second_is_clean(pair: Pair, findings: _Findings) -> None:
    before, after = findings[pair.of, BEFORE], findings[pair.of, AFTER]

    assert [found.severity for found in before if found.check == pair.check] == [pair.told]
    assert [found for found in before if _is_serious(found) and found.check != pair.check] == []
    assert [found for found in after if _is_serious(found) or found.check == pair.check] == []


@every_pair
def test_an_error_comes_with_what_shows_it(pair: Pair, findings: _Findings) -> None:
    assert all(found.evidence for found in findings[pair.of, BEFORE] if found.severity is Severity.ERROR)


def test_what_is_claimed_of_a_side_is_not_claimed_of_the_other() -> None:
    """A pair whose sides do the same on its series decides nothing, but for texts that promtool does not look at."""
    same = {
        pair.check for pair in PAIRS if (pair.before.does, pair.before.reads) == (pair.after.does, pair.after.reads)
    }
    assert same == {"missing-texts", "duplicate-alert"}


def test_each_way_has_two_pairs() -> None:
    found = Counter(pair.of.partition(",")[0] for pair in PAIRS)
    assert len(PAIRS) == len({pair.of for pair in PAIRS})
    assert set(found) == set(_WAYS)
    assert {way for way in _WAYS if found[way] < 2} == set()


@pytest.mark.parametrize("for_s", [0.0, 600.0])
def test_a_proof_holds_whatever_the_rule_s_for(for_s: float) -> None:
    found = [
        each
        for pair in PAIRS
        if pair.told is Severity.ERROR and pair.before.does != REFUSED and not (pair.for_s or pair.before.for_s)
        for each in _proven(pair, pair.before.expr, for_s)
    ]
    answers = prove(found, Context(rules=()))

    assert len(found) > _SOME
    assert [each.rule.expr for each, answer in zip(found, answers, strict=True) if answer is not True] == []


def test_the_mended_rule_does_right_on_the_very_series_of_the_proof() -> None:
    """So it is the rule's fault, and not the series'; but for mends that look at something else altogether."""
    found = [
        msgspec.structs.replace(each, rule=rule(pair.after.expr))
        for pair in PAIRS
        if pair.told is Severity.ERROR and pair.before.does != REFUSED and _metrics(pair.before) >= _metrics(pair.after)
        for each in _proven(pair, pair.before.expr, 0.0)
    ]
    answers = prove(found, Context(rules=()))

    assert len(found) > _SOME
    assert [each.rule.expr for each, answer in zip(found, answers, strict=True) if answer is not False] == []


def _proven(pair: Pair, expr: str, for_s: float) -> list[Suspicion]:
    return [each for each in suspicions(pair.check, rule(expr, for_s=for_s)) if each.proof is not None]


def _metrics(side: Side) -> set[str]:
    return {use.metric for use in uses(promql_parser.parse(side.expr))}


def _is_serious(finding: Finding) -> bool:
    return finding.severity is not Severity.HINT
