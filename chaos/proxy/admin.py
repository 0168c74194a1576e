"""The admin API.

    PUT    /rules/{id}        put a rule (body: rules.Rule as JSON); 400 with {"error": …} when it makes no sense
    GET    /rules             {"rules": [RuleState, …]}
    DELETE /rules/{id}        take it away; {"removed": [id]}, empty when it was not there
    DELETE /rules?owner=…     take all of an owner away
    GET    /hits?after=<seq>  {"hits": […], "dropped": n, "last": seq}; `limit` of them at most
    GET    /stream?after=<seq>  the same as they happen, one JSON object a line: a hit, or {"dropped": n}
    GET    /healthz           ok
    GET    /version           {"version": …, "instance": …}; the instance changes when the proxy starts anew

`dropped` counts hits that were asked for and are gone: the log keeps only so many.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence

import msgspec
from aiohttp import web

from chaos.proxy import VERSION
from chaos.proxy.hits import Hit, HitLog
from chaos.proxy.rulebook import Rulebook, RuleState
from chaos.proxy.rules import RuleRefused, check_id, parse

HITS_AT_ONCE = 1000
_RULE_LIMIT_BYTES = 64 * 1024


class Page(msgspec.Struct, frozen=True):
    """Hits after the one asked for."""

    hits: Sequence[Hit]
    dropped: int
    last: int


class Admin:
    """The admin API over one rulebook and one log of hits."""

    def __init__(self, rulebook: Rulebook, hits: HitLog) -> None:
        self._rulebook = rulebook
        self._hits = hits
        self._instance = uuid.uuid4().hex
        self._stopping = asyncio.Event()

    def application(self) -> web.Application:
        """Its routes."""
        application = web.Application(client_max_size=_RULE_LIMIT_BYTES)
        application.add_routes(
            [
                web.put("/rules/{id}", self._put),
                web.get("/rules", self._rules),
                web.delete("/rules/{id}", self._delete),
                web.delete("/rules", self._delete_owned),
                web.get("/hits", self._page),
                web.get("/stream", self._stream),
                web.get("/healthz", self._healthz),
                web.get("/version", self._version),
            ]
        )
        return application

    def stop(self) -> None:
        """End the streams."""
        self._stopping.set()

    async def _put(self, request: web.Request) -> web.Response:
        rule_id = request.match_info["id"]
        try:
            check_id(rule_id)
            self._rulebook.put(rule_id, parse(await request.read()))
        except RuleRefused as error:
            return _refusal(400, str(error))
        return _json({"id": rule_id})

    async def _rules(self, _request: web.Request) -> web.Response:
        states: list[RuleState] = [active.state() for active in self._rulebook.in_force()]
        return _json({"rules": states})

    async def _delete(self, request: web.Request) -> web.Response:
        rule_id = request.match_info["id"]
        return _json({"removed": [rule_id] if self._rulebook.remove(rule_id) else []})

    async def _delete_owned(self, request: web.Request) -> web.Response:
        owner = request.query.get("owner", "")
        if not owner:
            return _refusal(400, "say whose rules: ?owner=…")
        return _json({"removed": self._rulebook.remove_owned(owner)})

    async def _page(self, request: web.Request) -> web.Response:
        try:
            after = self._after(request)
            limit = min(HITS_AT_ONCE, _number(request, "limit", HITS_AT_ONCE))
        except ValueError as error:
            return _refusal(400, str(error))
        hits, dropped = self._hits.after(after, limit)
        return _json(Page(hits=hits, dropped=dropped, last=self._hits.last))

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        try:
            after = self._after(request)
        except ValueError as error:
            return _refusal(400, str(error))
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            while True:
                hits, dropped = self._hits.after(after, HITS_AT_ONCE)
                if dropped:
                    await response.write(msgspec.json.encode({"dropped": dropped}) + b"\n")
                    after += dropped
                if hits:
                    await response.write(b"".join(msgspec.json.encode(hit) + b"\n" for hit in hits))
                    after = hits[-1].seq
                    continue
                if stopping.done():
                    break
                more = asyncio.ensure_future(self._hits.more(after))
                try:
                    await asyncio.wait((more, stopping), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    more.cancel()
        except ConnectionError:
            # Whoever listened is gone.
            return response
        finally:
            stopping.cancel()
        await response.write_eof()
        return response

    async def _healthz(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _version(self, _request: web.Request) -> web.Response:
        return _json({"version": VERSION, "instance": self._instance})

    def _after(self, request: web.Request) -> int:
        after = _number(request, "after", 0)
        if after > self._hits.last:
            raise ValueError(f"after={after}: there were only {self._hits.last} hits; has the proxy started anew?")
        return after


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"{name}={text!r}: a number is needed")
    return int(text)


def _json(content: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(content), content_type="application/json")


def _refusal(status: int, why: str) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode({"error": why}), content_type="application/json")
