"""The receiver takes what PagerDuty and Slack would take, keeps it in order, and loses nothing to a restart."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from receiver import payloads
from receiver.journal import Journal, Notification

TRIGGER = {
    "routing_key": "k",
    "event_action": "trigger",
    "dedup_key": "d",
    "payload": {"summary": "s", "source": "Alertmanager", "severity": "critical", "custom_details": {"firing": "1"}},
}


def encoded(payload: object) -> bytes:
    return json.dumps(payload).encode()


def test_a_trigger_and_its_resolution_are_taken() -> None:
    assert payloads.check_pagerduty(encoded(TRIGGER)) == "d"
    assert payloads.check_pagerduty(encoded({"routing_key": "k", "event_action": "resolve", "dedup_key": "d"})) == "d"


@pytest.mark.parametrize(
    "event",
    [
        {**TRIGGER, "event_action": "explode"},
        {**TRIGGER, "payload": {**TRIGGER["payload"], "severity": "page"}},  # type: ignore[dict-item]
        {key: value for key, value in TRIGGER.items() if key != "routing_key"},
        {key: value for key, value in TRIGGER.items() if key != "payload"},
        {"routing_key": "k", "event_action": "resolve"},
        [],
        "text",
    ],
)
def test_a_wrong_event_is_refused_as_pagerduty_does(event: object) -> None:
    with pytest.raises(payloads.Malformed):
        payloads.check_pagerduty(encoded(event))


def test_a_slack_message_needs_something_to_say() -> None:
    payloads.check_slack(encoded({"attachments": [{"text": "x"}]}))
    payloads.check_slack(encoded({"text": "x"}))
    with pytest.raises(payloads.Malformed):
        payloads.check_slack(encoded({"channel": "#x"}))


def test_a_developer_is_told_all_or_nothing() -> None:
    whole = {"parser_id": "a", "correlation_id": "c", "category": "invalid_parser", "message": "m", "line": None}
    payloads.check_developer(encoded(whole))
    for name in ("parser_id", "correlation_id", "category", "message"):
        with pytest.raises(payloads.Malformed):
            payloads.check_developer(encoded({key: value for key, value in whole.items() if key != name}))


def test_the_order_is_kept_over_a_restart(tmp_path: Path) -> None:
    async def scenario() -> None:
        path = tmp_path / "journal.jsonl"
        journal = Journal(path)
        await journal.append("slack", {"n": 1})
        await journal.append("pagerduty", {"n": 2})
        path.write_bytes(path.read_bytes() + b'{"seq": 3, "recei')

        restarted = Journal(path)
        await restarted.append("slack", {"n": 3})

        assert [(n.seq, n.channel, n.payload["n"]) for n in restarted.after(0)] == [
            (1, "slack", 1),
            (2, "pagerduty", 2),
            (3, "slack", 3),
        ]
        assert [n.seq for n in restarted.after(2)] == [3]

    asyncio.run(scenario())


def test_a_repeated_key_is_kept_once_also_after_a_restart(tmp_path: Path) -> None:
    async def scenario() -> None:
        path = tmp_path / "journal.jsonl"
        first = Journal(path)
        assert await first.append("developer", {}, "result-1")
        assert not await first.append("developer", {}, "result-1")
        assert not await Journal(path).append("developer", {}, "result-1")
        assert await first.append("slack", {})
        assert await first.append("slack", {})

    asyncio.run(scenario())


def test_a_follower_hears_of_the_past_and_of_what_comes(tmp_path: Path) -> None:
    async def scenario() -> list[Notification]:
        journal = Journal(tmp_path / "journal.jsonl")
        await journal.append("slack", {"n": 1})
        await journal.append("slack", {"n": 2})
        heard: list[Notification] = []

        async def follow() -> None:
            async for news in journal.follow(1):
                heard.extend(news)
                if len(heard) == 2:
                    return

        follower = asyncio.create_task(follow())
        await asyncio.sleep(0)
        await journal.append("slack", {"n": 3})
        await asyncio.wait_for(follower, 5)
        return heard

    assert [notification.payload["n"] for notification in asyncio.run(scenario())] == [2, 3]
