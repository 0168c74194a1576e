"""Every receiver named was told of an alert, with the status and severity claimed, within the limit.

params: alert, status ("firing" or "resolved"), severity, channels. Measured to the last of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.claims import Claim, Finding, missed, reached, unseen
from harness.timeline import Fact


def check(claim: Claim, facts: Sequence[Fact], closed: bool) -> Finding | None:
    name, status, severity = (claim.params[key] for key in ("alert", "status", "severity"))
    told = {
        f.data["channel"]: f
        for f in reversed(facts)
        if f.kind == "notification"
        and f.subject == name
        and f.at >= claim.since
        and f.data["status"] == status
        and f.data["severity"] == severity
    }
    channels: list[str] = claim.params["channels"]
    missing = [channel for channel in channels if channel not in told]
    if not missing:
        last = max((told[channel] for channel in channels), key=lambda f: f.at)
        return reached(claim, last.at, f"{' and '.join(channels)} were told that {name} is {status}")
    if not closed:
        return None
    lost = [f for f in facts if f.kind == "observer" and f.subject == "receiver"]
    if not lost or (lost[-1].data["event"] == "lost" and not told):
        return unseen("the receiver could not be read: " + (lost[-1].data.get("why", "") if lost else "never reached"))
    got = sorted(
        {f"{f.subject} {f.data['status']} on {f.data['channel']}" for f in facts if f.kind == "notification"}
        - {f"{name} {status} on {channel}" for channel in told}
    )
    return missed(
        f"{name} {status} did not reach {' nor '.join(missing)}; seen: {', '.join(got) if got else 'no notification'}"
        f"{_delivery(facts)}"
    )


def _delivery(facts: Sequence[Fact]) -> str:
    failures = [f for f in facts if f.kind == "delivery-failure"]
    return f"; {failures[-1].data['what']}" if failures else ""
