"""`python -m receiver`: HTTP endpoints that take notifications, and two to read them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from receiver import payloads
from receiver.journal import Journal, Notification

JOURNAL = web.AppKey("journal", Journal)


async def pagerduty(request: web.Request) -> web.Response:
    """Events API v2: 202 with the dedup key, 400 on a wrong shape."""
    body = await request.read()
    try:
        dedup_key = payloads.check_pagerduty(body)
    except payloads.Malformed as error:
        refusal = {"status": "invalid event", "message": "Event object is invalid", "errors": [str(error)]}
        return web.json_response(refusal, status=400)
    await request.app[JOURNAL].append("pagerduty", _object(body))
    return web.json_response({"status": "success", "message": "Event processed", "dedup_key": dedup_key}, status=202)


async def slack(request: web.Request) -> web.Response:
    """Incoming webhook: `ok`, or 400 with Slack's short text."""
    body = await request.read()
    try:
        payloads.check_slack(body)
    except payloads.Malformed as error:
        return web.Response(text="no_text" if str(error) == "no_text" else "invalid_payload", status=400)
    await request.app[JOURNAL].append("slack", _object(body))
    return web.Response(text="ok")


async def developer(request: web.Request) -> web.Response:
    """A build failure for its developer; a repeated Idempotency-Key is taken and not kept again."""
    body = await request.read()
    try:
        payloads.check_developer(body)
    except payloads.Malformed as error:
        return web.json_response({"error": str(error)}, status=400)
    key = request.headers.get("Idempotency-Key", "")
    kept = await request.app[JOURNAL].append("developer", _object(body), key)
    return web.json_response({"status": "accepted" if kept else "duplicate"}, status=202)


async def notifications(request: web.Request) -> web.Response:
    """A JSON list of all after `?after=<seq>`."""
    found = request.app[JOURNAL].after(_after(request))
    return web.Response(body=msgspec.json.encode(found), content_type="application/json")


async def stream(request: web.Request) -> web.StreamResponse:
    """All after `?after=<seq>` and all that come, a JSON object a line, until the reader leaves."""
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    async for news in request.app[JOURNAL].follow(_after(request)):
        await response.write(_lines(news))
    return response


async def health(_: web.Request) -> web.Response:
    """200 while the process serves."""
    return web.json_response({"alive": True})


def application(journal: Journal) -> web.Application:
    """All routes on one journal."""
    app = web.Application()
    app[JOURNAL] = journal
    app.add_routes(
        [
            web.post("/pagerduty/v2/enqueue", pagerduty),
            web.post("/slack/services/{path:.+}", slack),
            web.post("/developer", developer),
            web.get("/notifications", notifications),
            web.get("/stream", stream),
            web.get("/healthz", health),
        ]
    )
    return app


def _after(request: web.Request) -> int:
    raw = request.query.get("after", "0")
    if not raw.isdecimal():
        raise web.HTTPBadRequest(text=f"after={raw!r} is not a sequence number")
    return int(raw)


def _object(body: bytes) -> dict[str, Any]:
    return msgspec.json.decode(body, type=dict[str, Any])


def _lines(news: list[Notification]) -> bytes:
    return b"".join(msgspec.json.encode(each) + b"\n" for each in news)


async def start() -> web.Application:
    """The application of this process; the journal needs a running loop."""
    return application(Journal(Path(os.environ["JOURNAL_FILE"])))


def main() -> None:
    """Serve until told to stop."""
    # A stream ends only when its reader leaves: a stop must not wait for that.
    web.run_app(
        start(),
        port=int(os.environ.get("HTTP_PORT", "8080")),
        print=None,
        access_log=None,
        shutdown_timeout=1.0,
    )


if __name__ == "__main__":
    main()
