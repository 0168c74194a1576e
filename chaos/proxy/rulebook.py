"""The rules in force, in the order they were put. A rule ends when it is taken away, or by itself at its time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import msgspec

from chaos.proxy.call import Call
from chaos.proxy.matching import matcher
from chaos.proxy.policy import Clock, policy
from chaos.proxy.rules import Gate, Latency, Rule, RuleRefused

RULES_AT_MOST = 200


class RuleState(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as the admin API shows it.

    Attributes:
        remaining_s: until it ends by itself.
        hits: requests it acted on.
        passes: requests it matched and let pass.
        waiting: requests it holds or delays now.
    """

    id: str
    rule: Rule
    remaining_s: float
    hits: int
    passes: int
    waiting: int


class ActiveRule:
    """A rule in force, with its policy's state."""

    def __init__(self, rule_id: str, rule: Rule, clock: Clock) -> None:
        self.id = rule_id
        self.rule = rule
        self.matches: Callable[[Call], bool] = matcher(rule.match)
        self.hits = 0
        self.passes = 0
        self.waiting = 0
        self._policy = policy(rule.when, clock)
        self._clock = clock
        self._ends_at = clock() + rule.ttl_s
        self._ended = asyncio.Event()
        self._gate_open = asyncio.Event()
        self._gate_opens_at: float | None = None
        self._random = random.Random(rule.fault.seed if isinstance(rule.fault, Latency) else 0)

    @property
    def in_force(self) -> bool:
        return self.remaining_s > 0 and not self._ended.is_set()

    @property
    def remaining_s(self) -> float:
        return max(0.0, self._ends_at - self._clock())

    def acts(self, call: Call) -> bool:
        """Ask the policy, once for each request that matches."""
        return self._policy.acts(call)

    def end(self) -> None:
        """Let go at once of whatever waits, and act no more."""
        self._ended.set()
        self._gate_open.set()

    async def delay(self, latency: Latency) -> None:
        """Wait as long as the rule says, or until it ends."""
        wanted_s = (latency.ms + self._random.uniform(0.0, latency.jitter_ms)) / 1000.0
        await self._wait(self._ended, wanted_s)

    @property
    def gate_closed(self) -> bool:
        """Of a gate: whether the next request is held."""
        return not self._gate_open.is_set()

    async def hold(self, gate: Gate) -> None:
        """Wait for the gate to open, or open it as the last one awaited."""
        now = self._clock()
        if self._gate_opens_at is None:
            self._gate_opens_at = now + gate.max_hold_s
        if self.waiting + 1 >= gate.count:
            self._gate_open.set()
            return
        await self._wait(self._gate_open, max(0.0, self._gate_opens_at - now))
        self._gate_open.set()

    async def _wait(self, event: asyncio.Event, limit_s: float) -> None:
        self.waiting += 1
        try:
            async with asyncio.timeout(min(limit_s, self.remaining_s)):
                await event.wait()
        except TimeoutError:
            return
        finally:
            self.waiting -= 1

    def state(self) -> RuleState:
        return RuleState(
            id=self.id,
            rule=self.rule,
            remaining_s=round(self.remaining_s, 3),
            hits=self.hits,
            passes=self.passes,
            waiting=self.waiting,
        )


class Rulebook:
    """All rules. For use in one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rules: dict[str, ActiveRule] = {}

    @property
    def empty(self) -> bool:
        """Whether there is no rule at all, not even one whose time is over."""
        return not self._rules

    def put(self, rule_id: str, rule: Rule) -> None:
        """Put a rule in force, at the end; in place of the one of the same id, with new counts, where there is one.

        Raises:
            RuleRefused: there are too many, or the id belongs to another owner.
        """
        rules = {active.id: active for active in self.in_force()}
        before = rules.get(rule_id)
        if before is None and len(rules) >= RULES_AT_MOST:
            raise RuleRefused(f"there are {RULES_AT_MOST} rules already")
        if before is not None:
            if before.rule.owner != rule.owner:
                raise RuleRefused(f"rule {rule_id!r} belongs to {before.rule.owner!r}")
            before.end()
        self._rules[rule_id] = ActiveRule(rule_id, rule, self._clock)

    def remove(self, rule_id: str) -> bool:
        """Take a rule away; answers whether it was there."""
        self.in_force()
        active = self._rules.pop(rule_id, None)
        if active is not None:
            active.end()
        return active is not None

    def remove_owned(self, owner: str) -> list[str]:
        """Take away all rules of one owner; answers with their ids."""
        owned = [active.id for active in self.in_force() if active.rule.owner == owner]
        for rule_id in owned:
            self.remove(rule_id)
        return owned

    def end_all(self) -> None:
        """Take every rule away."""
        for rule_id in list(self._rules):
            self.remove(rule_id)

    def in_force(self) -> tuple[ActiveRule, ...]:
        """The rules in force now, in order; those whose time is over are dropped."""
        if not self._rules:
            return ()
        over = [active for active in self._rules.values() if not active.in_force]
        for active in over:
            active.end()
            del self._rules[active.id]
        return tuple(self._rules.values())
