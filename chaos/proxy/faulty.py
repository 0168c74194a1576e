"""Handling a request: which rules match, what they do, and passing on what is left to be passed on."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import hdrs, web

from chaos.proxy.answers import answer
from chaos.proxy.call import Call
from chaos.proxy.classify import FORM_LIMIT_BYTES, Kind, classify, is_form
from chaos.proxy.hits import HitLog, Outcome
from chaos.proxy.identity import Identities
from chaos.proxy.policy import Clock
from chaos.proxy.relay import end_connection, give, read_form, say, say_ours
from chaos.proxy.rulebook import ActiveRule, Rulebook
from chaos.proxy.rules import Error, Gate, Latency, Reset, Truncate
from chaos.proxy.upstream import Upstream, UpstreamFailed

WallClock = Callable[[], float]
"""Seconds since the epoch."""

_log = logging.getLogger("chaos.proxy")


@dataclass
class _Deed:
    """What one rule did to a request."""

    rule: ActiveRule
    at: float
    outcome: Outcome = "passed"
    waited_ms: float = 0.0


@dataclass
class _Course:
    """A request on its way through the rules."""

    call: Call
    deeds: list[_Deed] = field(default_factory=list)
    end: Error | Reset | None = None
    truncate_after: int | None = None


class FaultyService:
    """What answers on one port: the service behind it, and the faults before it."""

    def __init__(
        self,
        kind: Kind,
        upstream: Upstream,
        *,
        rulebook: Rulebook,
        hits: HitLog,
        identities: Identities,
        clock: Clock = time.monotonic,
        wall_clock: WallClock = time.time,
    ) -> None:
        self._kind = kind
        self._upstream = upstream
        self._rulebook = rulebook
        self._hits = hits
        self._identities = identities
        self._clock = clock
        self._now = wall_clock

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        form = None
        if not request.raw_path.startswith("/"):
            # Whole URLs and authorities: a target like that must not decide where the request goes.
            return await say_ours(request, 400, f"not a path: {request.raw_path}")
        if self._kind == "aws" and is_form(request.method, request.headers.get(hdrs.CONTENT_TYPE, "")):
            form = await read_form(request, FORM_LIMIT_BYTES)
        elif self._rulebook.empty:
            return await self._pass(request, None, None)
        course = _Course(
            classify(
                self._kind,
                request.method,
                request.raw_path,
                request.headers,
                form=form or b"",
                ip=request.remote or "",
                identities=self._identities,
            )
        )
        try:
            await self._meet_rules(course)
            if isinstance(course.end, Error):
                error = answer(course.end, course.call, str(uuid.uuid4()))
                self._record(course, error.status)
                return await say(request, error.status, error.headers, error.body)
            if course.end is not None:
                self._record(course, None)
                return end_connection(request, reset=True)
            return await self._pass(request, form, course)
        except asyncio.CancelledError:
            self._record(course, None)
            raise

    async def _meet_rules(self, course: _Course) -> None:
        """Let every rule in force do its part, in order, until one ends the request."""
        for active in self._rulebook.in_force():
            # A rule may have ended while one before it made the request wait.
            if not active.in_force or not active.matches(course.call):
                continue
            deed = _Deed(active, self._now())
            course.deeds.append(deed)
            if active.acts(course.call):
                await self._act(active, deed, course)
            if deed.outcome == "passed":
                active.passes += 1
            else:
                active.hits += 1
            if course.end is not None:
                return

    async def _act(self, active: ActiveRule, deed: _Deed, course: _Course) -> None:
        match active.rule.fault:
            case Error() as error:
                deed.outcome, course.end = "error", error
            case Reset() as reset:
                deed.outcome, course.end = "reset", reset
            case Truncate(after_bytes=after_bytes):
                deed.outcome, course.truncate_after = "truncated", after_bytes
            case Latency() as latency:
                deed.outcome = "delayed"
                await self._wait(deed, active.delay(latency))
            case Gate() as gate:
                if active.gate_closed:
                    deed.outcome = "held"
                    await self._wait(deed, active.hold(gate))

    async def _wait(self, deed: _Deed, wait: Awaitable[None]) -> None:
        started = self._clock()
        try:
            await wait
        finally:
            deed.waited_ms = round((self._clock() - started) * 1000.0, 3)

    async def _pass(self, request: web.BaseRequest, form: bytes | None, course: _Course | None) -> web.StreamResponse:
        try:
            upstream = await self._upstream.send(request, read=form)
        except UpstreamFailed as error:
            _log.warning("%s %s: no answer: %s", request.method, request.raw_path, error)
            if course is not None:
                self._record(course, 502, str(error))
            return await say_ours(request, 502, f"no answer from behind: {error}")
        try:
            if course is None:
                return await give(request, upstream)
            self._record(course, upstream.status)
            copy = bytearray() if course.call.service == "sts" else None
            response = await give(request, upstream, limit=course.truncate_after, copy=copy)
            if copy:
                self._identities.learn(bytes(copy))
            return response
        finally:
            upstream.release()

    def _record(self, course: _Course, status: int | None, error: str = "") -> None:
        """Write down what the rules did, once."""
        deeds, course.deeds = course.deeds, []
        for deed in deeds:
            self._hits.append(
                at=deed.at,
                rule=deed.rule.id,
                owner=deed.rule.rule.owner,
                call=course.call,
                outcome=deed.outcome,
                waited_ms=deed.waited_ms,
                status=status,
                error=error,
            )
