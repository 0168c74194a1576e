"""Every receiver named was told of an alert, with the status and severity claimed, within the limit.

params: alert, status ("firing" or "resolved"), severity, channels, and runbook_url where one is claimed. Measured to
the last of them. A receiver that was not read all the time decides nothing, unless Alertmanager itself says that it
could not deliver.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.facts.history import Fact, History
from harness.judging.claims import Claim, Finding, missed, reached, unseen
from harness.judging.sight import unless_out_of_sight

FAILED = "failed notifications"
"""The sample that counts notifications which Alertmanager could not deliver."""


def check(claim: Claim, facts: History, closed: bool) -> Finding | None:
    name, status, severity = (claim.params[key] for key in ("alert", "status", "severity"))
    told: dict[str, Fact] = {}
    for fact in facts.of("notification", name, since=claim.since):
        if (fact.data["status"], fact.data["severity"]) == (status, severity):
            told.setdefault(fact.data["channel"], fact)
    channels: list[str] = claim.params["channels"]
    wrong = _wrong_runbooks(claim, told)
    if wrong:
        return missed(f"{name} was told with another runbook: {wrong}, not {claim.params['runbook_url']}")
    missing = [channel for channel in channels if channel not in told]
    if not missing:
        last = max((told[channel] for channel in channels), key=lambda f: f.at)
        said = f"{' and '.join(channels)} were told that {name} is {status}"
        return unless_out_of_sight(reached(claim, last.at, said, clock="receiver"), facts, "receiver", claim.since)
    if not closed:
        return None
    failed = _failed_deliveries(claim, facts)
    if not failed and facts.last("observer", "receiver") is None:
        return unseen("the receiver could not be read: never reached")
    got = sorted(
        {f"{f.subject} {f.data['status']} on {f.data['channel']}" for f in facts.of("notification", since=claim.since)}
        - {f"{name} {status} on {channel}" for channel in told}
    )
    found = missed(
        f"{name} {status} did not reach {' nor '.join(missing)}; seen: {', '.join(got) if got else 'no notification'}"
        + (f"; Alertmanager counted {failed:g} failed notifications since" if failed else "")
    )
    return found if failed else unless_out_of_sight(found, facts, "receiver", claim.since)


def _wrong_runbooks(claim: Claim, told: Mapping[str, Fact]) -> str:
    wanted = claim.params.get("runbook_url", "")
    wrong = {
        channel: f.data["runbook_url"] for channel, f in told.items() if wanted and f.data["runbook_url"] != wanted
    }
    return ", ".join(f"{channel} {url or 'none'}" for channel, url in sorted(wrong.items()))


def _failed_deliveries(claim: Claim, facts: History) -> float:
    """By how much Alertmanager's own count of failed notifications grew since the claim's zero."""
    counts = [f for f in facts.of("sample", FAILED) if f.data["value"] is not None]
    before = [f.data["value"] for f in counts if f.at < claim.since]
    return float(counts[-1].data["value"] - (before[-1] if before else 0)) if counts else 0.0
