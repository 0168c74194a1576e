"""What steps expect is waited for a little longer than its limit: what was in time may be seen late."""

from __future__ import annotations

import pytest

from harness.judging.expectation import Expectation, builds_complete, failure_counted, sample_within


@pytest.mark.parametrize(
    "expected",
    [
        builds_complete(["a"], 60.0, since=0.0),
        failure_counted("transient", 60.0, since=0.0),
        sample_within("queue depth", "the queue is empty", 60.0, since=0.0, at_most=0),
    ],
    ids=lambda expected: expected.checker,
)
def test_a_wait_outlasts_its_limit(expected: Expectation) -> None:
    assert expected.limit_s is not None
    assert expected.wait_s > expected.limit_s
