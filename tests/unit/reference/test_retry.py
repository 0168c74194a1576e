"""Backoff: exponential bound, full jitter, the same after a restart."""

from __future__ import annotations

from statistics import mean

from builder import retry

from tests.unit.reference.samples import POLICY


def delays(attempt: int) -> list[float]:
    return [retry.delay_seconds(POLICY, f"build-{number}", attempt) for number in range(500)]


def test_the_bound_doubles_up_to_its_cap() -> None:
    assert 4.5 < max(delays(1)) <= 5.0
    assert 9.0 < max(delays(2)) <= 10.0
    assert 27.0 < max(delays(9)) <= 30.0


def test_the_jitter_is_full() -> None:
    found = delays(1)

    assert min(found) < 0.1
    assert 2.3 < mean(found) < 2.7


def test_a_restarted_builder_comes_to_the_same_time() -> None:
    assert retry.delay_seconds(POLICY, "a", 1) == retry.delay_seconds(POLICY, "a", 1)
    assert retry.delay_seconds(POLICY, "a", 1) != retry.delay_seconds(POLICY, "a", 2)
