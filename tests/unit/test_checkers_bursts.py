"""The checkers of many builds at once: each passes on what it claims, and fails for the right reason."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checkers import decide
from harness.facts.history import Fact
from harness.judging.claims import Finding
from harness.judging.verdict import Verdict
from tests.unit.stories import ZERO, claim, facts

Row = tuple[float, str, str, dict[str, Any]]


def closed(checked: Any, told: list[Fact]) -> Finding:
    finding = decide(checked, told, closed=True)
    assert finding is not None
    return finding


def asked(after: float, build: str) -> Row:
    return (after, "job", build, {"event": "requested"})


def settled(after: float, build: str, outcome: str = "succeeded", attempts: int = 1) -> Row:
    data = {"event": "settled", "outcome": outcome, "attempts": attempts, "category": "", "job": "j"}
    return (after, "build", build, data)


def push(after: float, reference: str, status: int, outcome: str = "") -> Row:
    outcome = outcome or ("error" if status == 429 else "passed")
    data = {"operation": "PutManifest", "reference": reference, "status": status, "outcome": outcome}
    return (after, "hit", "limit", data)


class TestBuildsComplete:
    checked = claim("builds-complete", limit_s=60.0, correlation_ids=["a", "b"])

    def test_passes_at_the_last(self) -> None:
        found = closed(self.checked, facts(settled(10, "a"), settled(20, "b", attempts=2)))
        assert found.verdict is Verdict.PASS
        assert found.measured_s == pytest.approx(20.0)
        assert "1 of them at a later attempt" in found.reason

    def test_a_lost_build_fails_it(self) -> None:
        found = closed(self.checked, facts(settled(10, "a")))
        assert found.verdict is Verdict.FAIL
        assert "b not settled" in found.reason

    def test_a_doubled_build_fails_it(self) -> None:
        found = closed(self.checked, facts(settled(10, "a"), settled(11, "a"), settled(20, "b")))
        assert found.verdict is Verdict.FAIL
        assert "more than once: a" in found.reason

    def test_a_failed_build_fails_it_at_once_when_all_have_ended(self) -> None:
        found = decide(self.checked, facts(settled(10, "a"), settled(20, "b", "failed")), closed=False)
        assert found is not None
        assert found.verdict is Verdict.FAIL
        assert "b failed" in found.reason

    def test_it_waits_for_the_rest(self) -> None:
        assert decide(self.checked, facts(settled(10, "a")), closed=False) is None


class TestPushesRefused:
    checked = claim("pushes-refused", role="assumption", status=429)

    def test_says_how_many(self) -> None:
        found = closed(self.checked, facts(push(1, "p-1", 429), push(1, "q-1", 201), push(3, "p-1", 201)))
        assert found.verdict is Verdict.PASS
        assert found.reason == "1 of 2 pushes were refused, 1 times in all"

    def test_a_limit_that_nobody_met_is_inconclusive(self) -> None:
        assert closed(self.checked, facts(push(1, "p-1", 201))).verdict is Verdict.INCONCLUSIVE

    def test_an_earlier_refusal_does_not_count(self) -> None:
        assert closed(self.checked, facts(push(-1, "p-1", 429))).verdict is Verdict.INCONCLUSIVE


class TestRetriedByThePipeline:
    checked = claim("retried-by-the-pipeline", builds={"p": "a", "q": "b"})

    def test_tells_who_tried_again(self) -> None:
        told = facts(
            push(1, "p-1", 429),
            push(1, "q-1", 429),
            push(2, "q-1", 201),
            push(9, "p-1", 201),
            settled(10, "a", attempts=2),
            settled(10, "b"),
        )
        found = closed(self.checked, told)
        assert found.verdict is Verdict.PASS
        assert found.reason == "1 by the builder in another attempt, 1 by kaniko in the same job"

    def test_a_push_given_up_fails_it(self) -> None:
        found = closed(self.checked, facts(push(1, "p-1", 429), push(1, "q-1", 429), push(2, "q-1", 201)))
        assert found.verdict is Verdict.FAIL
        assert "never taken: p-1" in found.reason

    def test_one_that_may_have_been_taken_unseen_is_inconclusive(self) -> None:
        away = (2.0, "observer", "fault-proxy", {"event": "lost", "why": "connection reset"})
        found = closed(self.checked, facts(push(1, "p-1", 429), away))
        assert found.verdict is Verdict.INCONCLUSIVE
        assert "never taken: p-1; but fault-proxy was out of sight from +2.0 s" in found.reason


class TestDelayedAtMost:
    checked = claim("delayed-at-most", correlation_ids=["a"], baseline=["x"], limit_s=60.0)
    free = (asked(-50, "x"), settled(-10, "x"))

    def test_passes(self) -> None:
        told = facts(*self.free, asked(0, "a"), push(40, "p-1", 429), push(48, "p-1", 201), settled(50, "a"))
        found = closed(self.checked, told)
        assert found.verdict is Verdict.PASS
        assert "+10.0 s; refused pushes came 8.0 to 8.0 s later" in found.reason

    def test_too_late_fails_it(self) -> None:
        told = facts(*self.free, asked(0, "a"), push(40, "p-1", 429), push(140, "p-1", 201), settled(141, "a"))
        found = closed(self.checked, told)
        assert found.verdict is Verdict.FAIL
        assert found.measured_s == pytest.approx(101.0)

    def test_time_at_the_gate_is_not_lost_by_the_limit(self) -> None:
        held = push(40, "p-1", 429, outcome="held")
        late = (push(100, "p-1", 429), push(100.1, "p-1", 201))
        rest = (settled(101, "a"), push(40, "q-1", 429, outcome="held"), push(41, "q-1", 429), push(48, "q-1", 201))
        found = closed(self.checked, facts(*self.free, asked(60, "a"), held, *late, *rest))
        assert "refused pushes came 0.1 to 7.0 s later" in found.reason

    def test_nobody_late_is_inconclusive(self) -> None:
        told = facts(*self.free, asked(0, "a"), push(40, "p-1", 201), settled(41, "a"))
        assert closed(self.checked, told).verdict is Verdict.INCONCLUSIVE


class TestImagesOnce:
    checked = claim("images-once", parsers=["p", "q"])

    def images(self, *tags: str) -> list[Fact]:
        return facts((1.0, "images", "builds", {"tags": list(tags)}))

    def test_passes(self) -> None:
        assert closed(self.checked, self.images("p-1", "q-2", "other-3")).verdict is Verdict.PASS

    @pytest.mark.parametrize(("tags", "named"), [(("p-1",), "q 0 times"), (("p-1", "p-2", "q-1"), "p 2 times")])
    def test_lost_or_doubled_fails_it(self, tags: tuple[str, ...], named: str) -> None:
        found = closed(self.checked, self.images(*tags))
        assert found.verdict is Verdict.FAIL
        assert named in found.reason


class TestNobodyActed:
    checked = claim("nobody-acted", allowed=["system:node:.*", "builder"])

    def audit(self, *who: str) -> list[Fact]:
        writes = [{"at": ZERO + 1, "who": w, "verb": "create", "what": "ns/jobs/j", "agent": "kubectl/v1"} for w in who]
        return facts((5.0, "audit", "api-server", {"writes": writes}))

    def test_passes(self) -> None:
        found = closed(self.checked, self.audit("builder", "system:node:one"))
        assert found.verdict is Verdict.PASS
        assert "2 writes" in found.reason

    def test_somebody_is_named_with_what_they_did(self) -> None:
        found = closed(self.checked, self.audit("builder", "kubernetes-admin"))
        assert found.verdict is Verdict.FAIL
        assert found.reason == "kubernetes-admin (kubectl): create ns/jobs/j"

    def test_an_act_of_the_responder_counts(self) -> None:
        told = [*facts((2.0, "act", "put the policy back", {"event": "done"})), *self.audit("builder")]
        found = closed(self.checked, told)
        assert found.verdict is Verdict.FAIL
        assert "the responder: put the policy back" in found.reason

    def test_an_empty_audit_log_is_inconclusive(self) -> None:
        assert closed(self.checked, self.audit()).verdict is Verdict.INCONCLUSIVE
