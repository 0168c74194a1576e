"""junit.xml is what CI systems read, and says of each claim what was measured beside its limit."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema

from harness.judging.judged import RunReport
from harness.judging.verdict import Verdict
from harness.report.junit import junit
from tests.unit.report.runs import claim, failing, run, scenario

SHAPE = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))
RUNS = {
    "one claim fails": failing()[0],
    "everything at once": run(
        scenario(claim("again"), claim("again"), claim(verdict=Verdict.INCONCLUSIVE), verdict=Verdict.INCONCLUSIVE),
        scenario(name="skipped", verdict=None, reason="the kernel cannot"),
        scenario(name="aborted", verdict=Verdict.ABORTED, reason="stopped by SIGTERM"),
        scenario(name="nothing claimed", verdict=Verdict.INCONCLUSIVE, reason="nothing was claimed"),
        verdict=Verdict.ABORTED,
        reason="stopped by SIGTERM",
    ),
    "nothing ran": run(verdict=Verdict.INCONCLUSIVE, reason="no scenario ran"),
    "characters that XML cannot hold": run(scenario(claim("\x1b[31mred\x00", reason="\x1b[0m & <b> \ud800"))),
}


def document(report: RunReport) -> ElementTree.Element:
    text: bytes = junit(report).tostring()  # type: ignore[no-untyped-call]
    return ElementTree.fromstring(text)


@pytest.mark.parametrize("report", RUNS.values(), ids=RUNS)
def test_it_has_the_shape(report: RunReport) -> None:
    SHAPE.validate(document(report))


def test_a_failure_tells_what_was_seen_measured_and_allowed() -> None:
    late = claim("it is told", Verdict.FAIL, limit_s=30.0, measured_s=45.6, allowance="window + scrape", reason="late")
    (case,) = document(run(scenario(late, verdict=Verdict.FAIL))).iter("testcase")
    (failure,) = case
    assert (case.get("time"), case.get("classname")) == ("45.6", "ecr_rate_limit.ECR rate limit: bare 429")
    assert (failure.tag, failure.get("type"), failure.get("message")) == ("failure", "FAIL", "late")
    assert failure.text == "late\nmeasured: 45.6 s of 30.0 s\nlimit: window + scrape"


@pytest.mark.parametrize("verdict", [Verdict.INCONCLUSIVE, Verdict.ABORTED, Verdict.HARNESS_ERROR])
def test_what_was_not_decided_is_an_error_not_a_failure(verdict: Verdict) -> None:
    root = document(run(scenario(claim(verdict=verdict), verdict=Verdict.INCONCLUSIVE)))
    assert (root.get("errors"), root.get("failures")) == ("1", "0")


def test_a_pass_says_what_was_seen() -> None:
    (case,) = document(run(scenario(claim(reason="seen", limit_s=3.0, measured_s=1.0)))).iter("testcase")
    assert case.findtext("system-out") == "seen\nmeasured: 1.0 s of 3.0 s"


def test_a_suite_took_as_long_as_its_scenario_and_knows_when_and_how_to_run_it_again() -> None:
    (suite,) = document(run(scenario(claim(limit_s=9.0, measured_s=5.0), claim("b", limit_s=9.0, measured_s=7.0))))
    assert (suite.get("time"), suite.get("timestamp")) == ("60.0", "1970-01-01T00:16:40")
    properties = {found.get("name"): found.get("value") for found in suite.iter("property")}
    assert properties["verdict"] == "PASS"
    assert properties["run again"] == "make chaos SCENARIO='ecr and rate and limit and bare and 429'"


def test_a_claim_said_twice_is_two_cases() -> None:
    names = [case.get("name") for case in document(run(scenario(claim("again"), claim("again")))).iter("testcase")]
    assert names == ["again", "again (2)"]


def test_a_skipped_scenario_is_neither_failed_nor_passed() -> None:
    (suite,) = document(run(scenario(name="x", verdict=None, reason="cannot")))
    assert (suite.get("skipped"), suite.get("errors"), suite.get("failures")) == ("1", "0", "0")
    assert [found.get("message") for found in suite.iter("skipped")] == ["cannot"]
