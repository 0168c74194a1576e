"""Every receiver named was told of an alert, with the status and severity claimed, within the limit.

params: alert, status ("firing" or "resolved"), severity, channels. Measured to the last of them. A receiver that
cannot be read decides nothing, unless Alertmanager itself says that it could not deliver.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.claims import Claim, Finding, missed, reached, unseen
from harness.timeline import Fact

FAILED = "failed notifications"
"""The sample that counts notifications which Alertmanager could not deliver."""


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
    failed = _failed_deliveries(claim, facts)
    seen = [f for f in facts if f.kind == "observer" and f.subject == "receiver"]
    if not failed and (not seen or seen[-1].data["event"] == "lost"):
        return unseen(f"the receiver could not be read: {seen[-1].data.get('why', '') if seen else 'never reached'}")
    got = sorted(
        {f"{f.subject} {f.data['status']} on {f.data['channel']}" for f in facts if f.kind == "notification"}
        - {f"{name} {status} on {channel}" for channel in told}
    )
    return missed(
        f"{name} {status} did not reach {' nor '.join(missing)}; seen: {', '.join(got) if got else 'no notification'}"
        + (f"; Alertmanager counted {failed:g} failed notifications since" if failed else "")
    )


def _failed_deliveries(claim: Claim, facts: Sequence[Fact]) -> float:
    """By how much Alertmanager's own count of failed notifications grew since the claim's zero."""
    counts = [f for f in facts if f.kind == "sample" and f.subject == FAILED and f.data["value"] is not None]
    before = [f.data["value"] for f in counts if f.at < claim.since]
    return float(counts[-1].data["value"] - (before[-1] if before else 0)) if counts else 0.0
