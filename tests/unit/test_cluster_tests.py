"""What the tests on a cluster sabotage is taken back, even when the sabotage itself was too slow to be seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
import yaml

from tests.cluster import hand, test_sabotage, test_sabotaged_alerting

RULES = yaml.safe_dump({"groups": [{"rules": [{"alert": "BuildFailureRateHigh", "expr": "x > 0.10", "labels": {}}]}]})
CONFIG = yaml.safe_dump({"scrape_configs": [{"job_name": "builder"}]})


class SlowCluster:
    """Keeps what is patched; what is waited for first is never seen."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {
            "configmap/prometheus-rules": {"data": {"sre-001.yaml": RULES}},
            "configmap/prometheus-config": {"data": {"prometheus.yaml": CONFIG}},
            "service/receiver": {"spec": {"selector": {"app": "receiver"}}},
        }
        self.pods: list[str] = []
        self.seen = False

    def kubectl(self, *words: str, stdin: str | None = None) -> str:
        match words:
            case ["get", "deployment", *_]:
                return '{"containerPort": 8080}'
            case ["get", kind, name, *_]:
                return json.dumps(self.state[f"{kind}/{name}"])
            case ["patch", kind, name, *_, patch]:
                self.state[f"{kind}/{name}"] = json.loads(patch)
            case ["apply", *_]:
                self.pods.append(json.loads(stdin or "")["metadata"]["name"])
            case ["delete", "pod", name, *_]:
                self.pods.remove(name)
            case ["rollout", "status", *_] | ["wait", *_]:
                first, self.seen = not self.seen, True
                assert not first, "timed out"
        return ""


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> SlowCluster:
    found = SlowCluster()
    for module in (hand, test_sabotage, test_sabotaged_alerting):
        monkeypatch.setattr(module, "kubectl", found.kubectl)
    return found


def made(fixture: Any) -> Callable[[], AbstractContextManager[None]]:
    """What a fixture is made of, to be used without pytest."""
    return contextmanager(fixture.__wrapped__)


@pytest.mark.parametrize(
    "sabotage",
    [
        made(test_sabotage.deleted_rule),
        made(test_sabotaged_alerting.refusing_receiver),
        made(test_sabotaged_alerting.renamed_label),
        lambda: test_sabotaged_alerting._rule(test_sabotaged_alerting.threshold),
    ],
)
def test_a_sabotage_that_is_not_seen_in_time_is_taken_back(
    sabotage: Callable[[], AbstractContextManager[None]], cluster: SlowCluster
) -> None:
    with pytest.raises(AssertionError, match="timed out"), sabotage():
        pytest.fail("it was seen")
    assert cluster.state == SlowCluster().state
    assert cluster.pods == []


@pytest.mark.parametrize("reached", [False, True])
def test_the_number_of_attempts_is_set_back(reached: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[object] = []

    def set_attempts(number: int) -> None:
        done.append(number)
        assert reached or number != 1, "timed out"

    class Target:
        def delete_failed_jobs(self) -> None:
            done.append("tidied")

    def used() -> Iterator[None]:
        yield from test_sabotage.no_retry.__wrapped__(Target())  # type: ignore[attr-defined]

    monkeypatch.setattr(test_sabotage, "_set_attempts", set_attempts)
    if reached:
        list(used())
    else:
        with pytest.raises(AssertionError, match="timed out"):
            list(used())
    assert done == [1, 3, "tidied"]
