"""When rules act."""

from __future__ import annotations

from chaos.proxy.call import Call, Caller
from chaos.proxy.policy import policy
from chaos.proxy.rules import Every, First, Probability, TokenBucket, When


class FakeClock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def acts(when: When, count: int) -> list[int]:
    """Numbers, from 1, of the requests that the policy acts on."""
    asked = policy(when, FakeClock())
    return [number for number in range(1, count + 1) if asked.acts(Call())]


def test_first() -> None:
    assert acts(First(count=3), 10) == [1, 2, 3]


def test_every() -> None:
    assert acts(Every(nth=3), 10) == [3, 6, 9]


def test_chance_is_the_seeds() -> None:
    chosen = acts(Probability(p=0.3, seed=7), 1000)
    assert chosen == acts(Probability(p=0.3, seed=7), 1000)
    assert chosen != acts(Probability(p=0.3, seed=8), 1000)
    assert 250 < len(chosen) < 350


def test_a_bucket_lets_its_burst_pass_and_then_its_rate() -> None:
    clock = FakeClock()
    limit = policy(TokenBucket(rate_per_s=8, burst=10), clock)
    assert [limit.acts(Call()) for _ in range(15)] == [False] * 10 + [True] * 5
    clock.now += 0.0625
    assert limit.acts(Call())
    clock.now += 0.0625
    assert [limit.acts(Call()), limit.acts(Call())] == [False, True]
    clock.now += 3600
    assert sum(not limit.acts(Call()) for _ in range(15)) == 10


def test_buckets_are_kept_apart() -> None:
    per_repository = policy(TokenBucket(rate_per_s=1, burst=1, per="repository"), FakeClock())
    assert [per_repository.acts(Call(repository=name)) for name in ("a", "b", "a", "b")] == [False, False, True, True]
    per_caller = policy(TokenBucket(rate_per_s=1, burst=1, per="caller"), FakeClock())
    callers = (Caller(ip="1"), Caller(ip="2"), Caller(ip="1", access_key="k"), Caller(ip="1"))
    assert [per_caller.acts(Call(caller=caller)) for caller in callers] == [False, False, False, True]


def test_many_repositories_do_not_fill_the_memory() -> None:
    limit = policy(TokenBucket(rate_per_s=1, burst=1, per="repository"), FakeClock())
    for number in range(10_001):
        limit.acts(Call(repository=str(number)))
    assert not limit.acts(Call(repository="0")), "the oldest was forgotten, and its bucket is full again"
    assert limit.acts(Call(repository="10000"))
