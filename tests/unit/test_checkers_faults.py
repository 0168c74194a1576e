"""The checker of what a fault must leave alone: it passes on looks that were well, and for nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checkers import decide
from harness.facts.history import Fact
from harness.judging.verdict import Verdict
from tests.unit.stories import claim, facts

Row = tuple[float, str, str, dict[str, Any]]
CHECKED = claim("fault-held", role="assumption", fault="sts-down")


def look(after: float, *, accepted: bool = True, fault: str = "sts-down") -> Row:
    return (after, "control", fault, {"value": 1, "accepted": accepted, "detail": f"status at {after}"})


def fault(after: float, event: str, name: str = "sts-down") -> Row:
    return (after, "fault", name, {"event": event})


def test_looks_that_were_well_pass_it_when_it_is_over() -> None:
    told = facts(fault(0, "injected"), look(1), look(2), fault(3, "healed"))
    assert decide(CHECKED, told, closed=False) is None
    found = decide(CHECKED, told, closed=True)
    assert found is not None
    assert found.verdict is Verdict.PASS
    assert "2 looks" in found.reason


def inconclusive(told: list[Fact], reason: str, *, closed: bool) -> None:
    found = decide(CHECKED, told, closed=closed)
    assert found is not None
    assert found.verdict is Verdict.INCONCLUSIVE
    assert reason in found.reason


def test_a_refused_look_says_so_at_once() -> None:
    told = facts(look(1), look(2, accepted=False), look(3))
    inconclusive(told, "sts-down hit more than it was meant to: status at 2", closed=False)


def test_a_fault_that_the_watchdog_healed_says_so_at_once() -> None:
    told = facts(look(1), fault(2, "expired"), look(3))
    inconclusive(told, "healed by the watchdog", closed=False)


def hit(after: float, owner: str = "sts-down-0871dc3f") -> Row:
    return (after, "hit", f"{owner}-0", {"owner": owner, "operation": "AssumeRole", "outcome": "error", "status": 503})


def proxy(after: float, event: str) -> Row:
    return (after, "observer", "fault-proxy", {"event": event, "why": "the stream was cut"})


@pytest.mark.parametrize(
    ("rows", "held"),
    [
        ([hit(1), proxy(3, "lost"), proxy(4, "watching")], False),
        ([hit(1), proxy(3, "lost")], False),
        ([proxy(-3, "lost"), proxy(0.2, "watching"), hit(1)], True),
        ([hit(1), proxy(7, "lost")], True),
        ([hit(1, "sts-slow-0871dc3f"), proxy(3, "lost"), proxy(4, "watching")], True),
    ],
    ids=["away for a while", "not back", "before its effect", "after its end", "a fault that is not made of rules"],
)
def test_rules_are_gone_with_the_proxy_that_kept_them(rows: list[Row], held: bool) -> None:
    life = [look(1), fault(0.5, "effective"), fault(6, "healed")]
    found = decide(CHECKED, facts(*sorted([*life, *rows], key=lambda row: row[0])), closed=True)
    assert found is not None
    assert found.verdict is (Verdict.PASS if held else Verdict.INCONCLUSIVE)
    assert held or "the fault proxy was out of sight from +3.0 s: sts-down may have ended with it" in found.reason


def test_without_a_look_nothing_is_known() -> None:
    inconclusive(facts(fault(0, "injected"), fault(3, "healed")), "never looked at", closed=True)


def test_looks_of_another_fault_or_an_earlier_time_do_not_count() -> None:
    told = facts(look(-1), look(1, fault="noop"), look(2, accepted=False, fault="noop"), fault(3, "expired", "noop"))
    inconclusive(told, "never looked at", closed=True)
