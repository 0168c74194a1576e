"""What steps expect, as named values: a sentence, the checker that decides it, and how long to wait for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from harness.judging.budgets import budget
from harness.judging.claims import Role
from harness.judging.retry import RetryPolicy
from harness.rules.timing import AlertTiming


@dataclass(frozen=True)
class Expectation:
    """A claim before it has a place in a scenario.

    Attributes:
        text, checker, params, since, limit_s, allowance, role: as in harness.judging.claims.Claim.
        wait_s: how long to wait at most, counted from `since`; 0 decides at once on what is known.
        on_miss: called when the wait ended without an answer, to record what was there at that moment.
    """

    text: str
    checker: str
    params: Mapping[str, Any]
    since: float
    limit_s: float | None = None
    allowance: str = ""
    wait_s: float = 0.0
    role: Role = "claim"
    on_miss: Callable[[], None] = field(default=lambda: None)


_GRACE_S = 2.0
"""Beyond a limit a wait goes on this long: what happened in time may be seen a little later."""
_SETTLE_S = 15.0
"""How long the builder may take to conclude from a job's end and to tell of it."""
_TOLD_S = 75.0
"""How long after a build was asked for its developer may be waited for."""
_COUNTED_S = 5.0
"""How long after a job's end, as the API server stamps it, the builder may count the failure: the window begins there.
Up to 1 s that the stamp, a whole second, lies before the end, up to 1.7 s to count it on a busy machine, and two of
CI's scrapes that such a machine loses."""
_JOB_START_S = 20.0
"""How long a job may take to be created and started before a wait for its end gives up."""


def job_ends(correlation_id: str, outcome: str, limit_s: float, *, budget_name: str, since: float) -> Expectation:
    """The build's job ends with `outcome` within `limit_s` of its start."""
    return Expectation(
        text=f"the job {'fails' if outcome == 'failed' else 'succeeds'} within {limit_s:g} s of its start",
        checker="job-ends",
        params={"correlation_id": correlation_id, "outcome": outcome, "since_event": "started"},
        since=since,
        limit_s=limit_s,
        allowance=budget(budget_name, limit_s).source,
        wait_s=limit_s + _JOB_START_S,
    )


def log_says(correlation_id: str, container: str, pattern: str, *, since: float) -> Expectation:
    """The build's log has a line that matches `pattern`."""
    return Expectation(
        text=f"the {container} log says /{pattern}/",
        checker="log-says",
        params={"correlation_id": correlation_id, "container": container, "pattern": pattern},
        since=since,
        wait_s=_GRACE_S + 10.0,
    )


def alert_pending(
    alert: str, timing: AlertTiming, *, since: float, counted_from: str, on_miss: Callable[[], None]
) -> Expectation:
    """The alert is pending, as soon as its configuration promises, counted from `since`."""
    terms = f"window {timing.window_s:g} s + scrape {timing.scrape_s:g} s + evaluation {timing.evaluation_s:g} s"
    return Expectation(
        text=f"{alert} is pending",
        checker="alert-pending",
        params={"alert": alert},
        since=since,
        limit_s=timing.pending_within_s,
        allowance=f"{terms}, {counted_from}",
        wait_s=timing.pending_within_s + _GRACE_S,
        on_miss=on_miss,
    )


def alert_fires(
    alert: str,
    severity: str,
    timing: AlertTiming,
    *,
    since: float,
    counted_from: str,
    on_miss: Callable[[], None],
    limit_s: float | None = None,
) -> Expectation:
    """The alert fires with that severity within `limit_s`, or as soon as its configuration promises, counted from
    `since`."""
    limit, allowance = timing.fires_within_s, f"{timing.sum_text()}, {counted_from}"
    if limit_s is not None:
        limit, allowance = limit_s, f"{counted_from}; its rule promises {limit:g} s: {timing.sum_text()}"
    return Expectation(
        text=f"{alert} fires with severity {severity}",
        checker="alert-fires",
        params={"alert": alert, "labels": {"severity": severity}},
        since=since,
        limit_s=limit,
        allowance=allowance,
        wait_s=limit + _GRACE_S,
        on_miss=on_miss,
    )


def alert_carries(
    alert: str, labels: Mapping[str, str], annotations: Mapping[str, str], *, since: float
) -> Expectation:
    """The alert that fired since then has these labels and annotations."""
    return Expectation(
        text=f"{alert} carries {', '.join([*labels, *annotations])} as claimed",
        checker="alert-fires",
        params={"alert": alert, "labels": dict(labels), "annotations": dict(annotations)},
        since=since,
    )


def alert_limit(alert: str, limit: float, *, since: float) -> Expectation:
    """The alert's rule fires above `limit`, as Prometheus has had it loaded since then."""
    return Expectation(
        text=f"{alert} is set to fire above {limit:g}",
        checker="alert-limit",
        params={"alert": alert, "limit": limit},
        since=since,
    )


def alert_inactive(alert: str, evaluation_s: float, *, since: float) -> Expectation:
    """The alert has been neither pending nor firing since then, its rule being evaluated every `evaluation_s`."""
    return Expectation(
        text=f"{alert} has stayed inactive",
        checker="alert-inactive",
        params={"alert": alert, "evaluation_s": evaluation_s},
        since=since,
    )


def notified(
    alert: str,
    status: str,
    severity: str,
    channels: list[str],
    timing: AlertTiming,
    *,
    since: float,
    counted_from: str,
    runbook_url: str = "",
    stated_s: float | None = None,
) -> Expectation:
    """Each of `channels` is told that the alert is `status`, within `stated_s` or in the time the configuration
    promises; with that runbook, where one is claimed."""
    firing = status == "firing"
    limit_s = (timing.delivered_within_s if firing else timing.resolution_delivered_within_s) + _GRACE_S
    text = timing.sum_text() + f" + group wait {timing.group_wait_s:g} s"
    if not firing:
        text += f" + evaluation {timing.evaluation_s:g} s + group interval {timing.group_interval_s:g} s"
    text += f" + {_GRACE_S:g} s to deliver"
    allowance = f"{text}, {counted_from}"
    if stated_s is not None:
        limit_s, allowance = stated_s, f"{counted_from}; its configuration promises {limit_s:g} s: {text}"
    return Expectation(
        text=f"{' and '.join(channels)} are told that {alert} is {status}",
        checker="notified",
        params={
            "alert": alert,
            "status": status,
            "severity": severity,
            "channels": channels,
            "runbook_url": runbook_url,
        },
        since=since,
        limit_s=limit_s,
        allowance=allowance,
        wait_s=limit_s + _GRACE_S,
    )


def only_expected_alerts(expected: list[str], evaluation_s: float, *, since: float) -> Expectation:
    """No other alert than these has fired since then, the rules being evaluated every `evaluation_s`."""
    return Expectation(
        text="no alert has fired" + (f" but {' and '.join(expected)}" if expected else ""),
        checker="only-expected-alerts",
        params={"expected": expected, "evaluation_s": evaluation_s},
        since=since,
    )


def told_once(repeat_s: float, *, since: float) -> Expectation:
    """No receiver was told the same of a group of alerts again, unless `repeat_s` had passed."""
    return Expectation(
        text="each alert was told once to each receiver and group",
        checker="told-once",
        params={"repeat_s": repeat_s},
        since=since,
    )


def alerts_as_kept(*, since: float) -> Expectation:
    """Prometheus' own record of the alerts is what was seen of them."""
    return Expectation(
        text="the alerts were as Prometheus itself kept them",
        checker="alerts-as-kept",
        params={},
        since=since,
        role="assumption",
    )


def no_alert_left(evaluation_s: float, *, since: float) -> Expectation:
    """No alert is pending or firing any more, the rules being evaluated every `evaluation_s`."""
    return Expectation(
        text="no alert is left pending or firing",
        checker="no-alert-left",
        params={"evaluation_s": evaluation_s},
        since=since,
    )


def alert_resolves(
    alert: str, timing: AlertTiming, *, since: float, zero: float, counted_from: str, on_miss: Callable[[], None]
) -> Expectation:
    """The alert that fired since `since` is inactive again; the limit counts from `zero`, the last failure."""
    limit_s = (zero - since) + _COUNTED_S + timing.resolves_within_s
    return Expectation(
        text=f"{alert} resolves",
        checker="alert-resolves",
        params={"alert": alert},
        since=since,
        limit_s=limit_s,
        allowance=f"{zero - since:.1f} s to the last failure + {_COUNTED_S:g} s to count it + {timing.sum_text()}"
        f" + evaluation {timing.evaluation_s:g} s, {counted_from}",
        wait_s=limit_s + _GRACE_S,
        on_miss=on_miss,
    )


def build_settles(
    correlation_id: str,
    outcome: str,
    category: str,
    attempts: int | None,
    *,
    since: float,
    limit_s: float | None = None,
) -> Expectation:
    """The builder is done with the build, with that outcome, category and number of attempts."""
    name = correlation_id.rsplit("-", 1)[0]
    text = f"the build of {name} has {outcome}" + (f" for good as {category}" if category else "")
    return Expectation(
        text=text + (f" after {attempts} attempt{'s' if attempts != 1 else ''}" if attempts else ""),
        checker="build-settles",
        params={"correlation_id": correlation_id, "outcome": outcome, "category": category, "attempts": attempts},
        since=since,
        limit_s=limit_s,
        wait_s=(limit_s or 0.0) + _SETTLE_S,
    )


def developer_told(correlation_id: str, texts: list[str], *, since: float) -> Expectation:
    """The developer hears of the failed build, with all of `texts`."""
    return Expectation(
        text=f"the developer is told of {', '.join(texts)}",
        checker="developer-told",
        params={"correlation_id": correlation_id, "contains": texts},
        since=since,
        wait_s=_TOLD_S,
    )


def cause_found(correlation_id: str, cause: str, limit_s: float, *, since: float) -> Expectation:
    """The diagnosis of that build names `cause`."""
    return Expectation(
        text=f"the cause is identified as {cause} within {limit_s / 60:g} min",
        checker="cause-found",
        params={"correlation_id": correlation_id, "cause": cause},
        since=since,
        limit_s=limit_s,
        allowance=budget("cause-found", limit_s).source,
        wait_s=_GRACE_S,
    )


def fix_applied(remedy: str, limit_s: float, *, since: float) -> Expectation:
    """The remedy is in effect within `limit_s` of being applied."""
    return Expectation(
        text=f"the fix is in effect within {limit_s:g} s",
        checker="fix-applied",
        params={"remedy": remedy},
        since=since,
        limit_s=limit_s,
        allowance=budget("fix-applied", limit_s).source,
        wait_s=_GRACE_S,
    )


def sample_within(
    sample: str, text: str, limit_s: float, *, since: float, at_least: float | None = None, at_most: float | None = None
) -> Expectation:
    """A sampled figure comes within its tolerance in `limit_s`."""
    return Expectation(
        text=text,
        checker="sample-within",
        params={"sample": sample, "at_least": at_least, "at_most": at_most},
        since=since,
        limit_s=limit_s,
        wait_s=limit_s + _GRACE_S,
    )


def incident_over(alert: str, channels: list[str], correlation_id: str, limit_s: float, *, since: float) -> Expectation:
    """Built again, resolved, and everybody told, within `limit_s` of the fault's effect."""
    return Expectation(
        text=f"the incident is over within {limit_s / 60:g} min",
        checker="incident-over",
        params={"alert": alert, "channels": channels, "correlation_id": correlation_id},
        since=since,
        limit_s=limit_s,
        allowance=budget("incident-over", limit_s).source,
        wait_s=_GRACE_S,
    )


def builds_complete(correlation_ids: list[str], limit_s: float, *, since: float) -> Expectation:
    """Every one of the builds is settled as succeeded, once."""
    return Expectation(
        text=f"all {len(correlation_ids)} builds succeed, none lost, none doubled",
        checker="builds-complete",
        params={"correlation_ids": correlation_ids},
        since=since,
        limit_s=limit_s,
        wait_s=limit_s + _GRACE_S,
    )


def pushes_refused(status: int, *, since: float) -> Expectation:
    """Some pushes were refused: without that the limit was never met, and nothing was shown."""
    return Expectation(
        text=f"some pushes are refused with {status}",
        checker="pushes-refused",
        params={"status": status},
        since=since,
        role="assumption",
    )


def retried_by_the_pipeline(correlation_ids: list[str], parsers: list[str], *, since: float) -> Expectation:
    """Every refused push was tried again, by the builds themselves or by the builder."""
    return Expectation(
        text="every refused push is tried again by the pipeline itself",
        checker="retried-by-the-pipeline",
        params={"builds": dict(zip(parsers, correlation_ids, strict=True))},
        since=since,
    )


def delayed_at_most(correlation_ids: list[str], baseline: list[str], limit_s: float, *, since: float) -> Expectation:
    """The slowest build ends at most `limit_s` later than the slowest without the limit, and a refused one was late."""
    return Expectation(
        text=f"the slowest build takes at most {limit_s:g} s longer than without the limit",
        checker="delayed-at-most",
        params={"correlation_ids": correlation_ids, "baseline": baseline},
        since=since,
        limit_s=limit_s,
        allowance=budget("retry-delay", limit_s).source,
    )


def images_once(parsers: list[str], *, since: float) -> Expectation:
    """The registry has exactly one image of each parser."""
    return Expectation(
        text=f"each of the {len(parsers)} builds is in the registry exactly once",
        checker="images-once",
        params={"parsers": parsers},
        since=since,
    )


def nobody_acted(allowed: list[str], *, since: float) -> Expectation:
    """Nobody but these identities changed the cluster, and the responder did nothing."""
    return Expectation(
        text="nobody has acted by hand",
        checker="nobody-acted",
        params={"allowed": allowed},
        since=since,
    )


def fault_effective(fault: str, limit_s: float, *, since: float) -> Expectation:
    """The fault is seen to act."""
    return Expectation(
        text=f"{fault} acts",
        checker="fault-effective",
        params={"fault": fault},
        since=since,
        limit_s=limit_s,
        allowance="a fault that is not seen to act proves nothing",
        role="assumption",
    )


def fault_held(fault: str, *, since: float) -> Expectation:
    """The fault stayed until it was healed, and hit nothing that it must leave alone."""
    return Expectation(
        text=f"{fault} stays, and hits nothing else",
        checker="fault-held",
        params={"fault": fault},
        since=since,
        role="assumption",
    )


def builds_end_once(policy: RetryPolicy, wait_s: float, *, since: float) -> Expectation:
    """Every build asked for since then ends once, and is tried again only as the policy allows."""
    return Expectation(
        text="every build asked for ended exactly once, within the retry policy",
        checker="builds-end-once",
        params={"policy": msgspec.to_builtins(policy), "handling_s": _SETTLE_S},
        since=since,
        wait_s=wait_s,
    )


def correlation_kept(*, since: float) -> Expectation:
    """Every build asked for since then goes by its own correlation id everywhere."""
    return Expectation(text="every build kept its correlation id", checker="correlation-kept", params={}, since=since)


def dead_letters(expected: int, wait_s: float, *, since: float) -> Expectation:
    """So many messages were dead-lettered since then; a broker that is not back yet is waited for."""
    return Expectation(
        text="no message was dead-lettered" if not expected else f"{expected} messages were dead-lettered",
        checker="dead-letters",
        params={"expected": expected},
        since=since,
        wait_s=wait_s,
    )


def no_residue(scene: str, allowed: list[str], *, since: float) -> Expectation:
    """After healing, everything is as it was."""
    return Expectation(
        text="nothing is left behind",
        checker="no-residue",
        params={"scene": scene, "allowed": allowed},
        since=since,
    )


def steady(gate: str, probes: list[str], *, since: float) -> Expectation:
    """Every probe of a gate is accepted."""
    return Expectation(
        text="the pipeline is in steady state",
        checker="steady",
        params={"gate": gate, "probes": probes},
        since=since,
        role="assumption",
    )


def well_before(gate: str, probes: list[str], *, since: float) -> Expectation:
    """What the pipeline promises while all is well holds before anything is broken."""
    return Expectation(
        text=f"before anything is broken {' and '.join(probes)}",
        checker="steady",
        params={"gate": gate, "probes": probes},
        since=since,
    )


def failure_counted(category: str, limit_s: float, *, since: float) -> Expectation:
    """The pipeline's own metrics count one more failure of that category than at `since`, within `limit_s`."""
    return Expectation(
        text=f"the failure is counted as {category}",
        checker="sample-rises",
        params={"sample": f"failures of {category}"},
        since=since,
        limit_s=limit_s,
        wait_s=limit_s + _GRACE_S,
    )


def steady_again(gate: str, probes: list[str], *, since: float) -> Expectation:
    """Every probe of the steady state is accepted once more, after all that was done to the pipeline."""
    return Expectation(
        text="the pipeline is in steady state again",
        checker="steady",
        params={"gate": gate, "probes": probes},
        since=since,
    )


def well_again(gate: str, probes: list[str], limit_s: float, *, since: float) -> Expectation:
    """Every probe of the steady state is accepted within `limit_s`."""
    return Expectation(
        text=f"the pipeline is well again within {limit_s:g} s",
        checker="steady",
        params={"gate": gate, "probes": probes},
        since=since,
        limit_s=limit_s,
    )


def parser_readable(gate: str, probe: str, limit_s: float, *, since: float) -> Expectation:
    """The builder's own identity is seen to read the parser again."""
    return Expectation(
        text=f"the builder can read the parser again within {limit_s:g} s",
        checker="steady",
        params={"gate": gate, "probes": [probe]},
        since=since,
    )


def rules_sound(*, since: float) -> Expectation:
    """No rule that Prometheus evaluates has a defect that can be shown."""
    return Expectation(text="the alert rules are sound", checker="rules-sound", params={}, since=since)
