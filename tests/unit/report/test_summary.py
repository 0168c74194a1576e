"""The summary says the verdict first, what did not hold and how to run it again; nothing in it is read as markup."""

from __future__ import annotations

from harness.judging.verdict import Verdict
from harness.report.summary import summary
from tests.unit.report.runs import claim, failing, run, scenario


def test_it_begins_with_the_verdict_and_tells_the_failing_claim() -> None:
    lines = summary(failing()[0]).splitlines()
    assert lines[0] == "## ✕ FAIL"
    assert lines[2].startswith("Scenarios: 1 fail. Claims: 1 fail, 1 pass. Took 60 s.")
    assert "| ✕ all builds succeed | 4 min |  | p-1 failed \\<b\\>for good\\</b\\> |" in lines
    assert "Run it again: `make chaos SCENARIO='ecr and rate and limit and bare and 429'`" in lines


def test_a_pass_has_no_list_of_what_did_not_hold() -> None:
    text = summary(run(scenario(claim())))
    assert "###" not in text
    assert "| ECR rate limit: bare 429 | ✓ PASS | 1 of 1 claims hold | 60 s |" in text


def test_a_skipped_scenario_is_said_to_be() -> None:
    assert "| x | – SKIPPED |" in summary(run(scenario(name="x", verdict=None)))


def test_a_table_stays_a_table() -> None:
    broken = claim("a | b\n| c", Verdict.FAIL, reason="`x` | \\ ![y](z)")
    text = summary(run(scenario(broken, verdict=Verdict.FAIL), verdict=Verdict.FAIL))
    (row,) = [line for line in text.splitlines() if line.startswith("| ✕ a")]
    assert row == "| ✕ a \\| b \\| c |  |  | \\`x\\` \\| \\\\ !\\[y\\](z) |"


def test_very_many_failing_claims_are_counted() -> None:
    claims = [claim(f"claim {number}", Verdict.FAIL) for number in range(25)]
    text = summary(run(scenario(*claims, verdict=Verdict.FAIL), verdict=Verdict.FAIL))
    assert "| 5 more | | | |" in text
    assert "claim 20" not in text
