"""Probes of the chaostoolkit extension: what is claimed, by the sentences that Gherkin steps use too.

Each answers with what was found: `{"verdict": "PASS", "reason": "…", "measured_s": 4.1, "at": …}`, times in seconds.
A claim that does not hold does not end the experiment; it decides its verdict.

No postponed annotations here: chaostoolkit's discovery reads the types as they are.
"""

from typing import Any

import msgspec

from chaos.session import activity, running, story
from harness.judging.claims import Finding
from harness.judging.verdict import Verdict
from harness.sentences import alerts, builds, bursts, response, steady_state

__all__ = [
    "alert_carries",
    "alert_fires",
    "alert_fires_within",
    "alert_is_set_above",
    "alert_pending",
    "alert_resolves",
    "alert_stayed_inactive",
    "all_succeed",
    "build_without_fault",
    "builds_again",
    "cause_found",
    "delayed_at_most",
    "developer_told",
    "each_developer_told",
    "each_failed_for_good",
    "failed_for_good",
    "failure_counted",
    "fix_in_effect",
    "images_once",
    "incident_over",
    "job_fails",
    "jobs_fail_at_first",
    "jobs_succeed",
    "log_says",
    "no_alert_left",
    "no_failed_job_left",
    "nobody_acted",
    "only_these_fired",
    "others_succeed",
    "parser_readable",
    "pipeline_is_steady",
    "pipeline_is_well_again",
    "pushes_refused",
    "queues_short",
    "retried_by_the_pipeline",
    "rules_are_sound",
    "still_builds",
    "success_rate_back",
    "told_once",
    "told_that_it_fires",
    "told_that_it_is_resolved",
    "told_within",
]

Found = dict[str, Any]


def _found(finding: Finding) -> Found:
    found: Found = msgspec.to_builtins(finding)
    return found


def _all_found(findings: list[Finding]) -> list[Found]:
    return [_found(finding) for finding in findings]


@activity
def pipeline_is_steady() -> bool:
    """Look whether the pipeline is well, by its signs and a canary build.

    Before the method it is the gate: it raises when the pipeline is not well, and nothing is broken. After it the
    same is claimed of the pipeline that has recovered.
    """
    session = running()
    if session is not None and session.acting:
        return steady_state.pipeline_is_steady_again(story()).verdict is Verdict.PASS
    steady_state.pipeline_is_steady(story())
    return True


@activity
def pipeline_is_well_again(limit_s: float) -> Found:
    """Every sign of the pipeline is well within `limit_s` of the fault's end, without another build."""
    return _found(steady_state.pipeline_is_well_again(story(), limit_s))


@activity
def job_fails(limit_s: float) -> Found:
    """The build's job fails within `limit_s` of its start. Raises when it never ended."""
    return _found(builds.job_fails(story(), limit_s))


@activity
def log_says(container: str, pattern: str) -> Found:
    """The failed build's log has a line that matches `pattern`, a regular expression."""
    return _found(builds.log_says(story(), container, pattern))


@activity
def failure_counted(category: str, limit_s: float) -> Found:
    """The pipeline's metrics count the failure as `category` within `limit_s` of the job's end."""
    return _found(builds.failure_counted(story(), category, limit_s))


@activity
def failed_for_good(category: str, attempts: int) -> Found:
    """The builder has given the build up, as `category` and after so many attempts."""
    return _found(builds.failed_for_good(story(), category, attempts))


@activity
def developer_told(texts: list) -> Found:  # type: ignore[type-arg] # the name that discovery knows
    """The developer hears of the failed build, with all of `texts`."""
    return _found(builds.developer_told(story(), texts))


@activity
def others_succeed(number: int, limit_s: float) -> list[Found]:
    """Each of the other builds succeeds within `limit_s` of its job's start."""
    return _all_found(builds.others_succeed(story(), number, limit_s))


@activity
def each_failed_for_good(category: str, attempts: int, limit_s: float) -> list[Found]:
    """The builder has given each build of an invalid parser up within `limit_s` of being asked."""
    return _all_found(builds.each_failed_for_good(story(), category, attempts, limit_s))


@activity
def each_developer_told() -> list[Found]:
    """The developer of each invalid parser hears of it by its name."""
    return _all_found(builds.each_developer_told(story()))


@activity
def still_builds(parser: str, limit_s: float) -> Found:
    """Another parser, stored now, builds within `limit_s`."""
    return _found(builds.still_builds(story(), parser, limit_s))


@activity
def builds_again(limit_s: float) -> Found:
    """The stored parser, asked for once more, builds within `limit_s`."""
    return _found(builds.builds_again(story(), limit_s))


@activity
def parser_readable(limit_s: float) -> Found:
    """The builder's own identity can read the stored parser within `limit_s` from now."""
    return _found(builds.parser_readable(story(), limit_s))


@activity
def build_without_fault(number: int, name: str, limit_s: float) -> Found:
    """`number` parsers built at once, to compare with, all succeed within `limit_s`."""
    return _found(bursts.build_without_fault(story(), number, name, limit_s))


@activity
def all_succeed(number: int, limit_s: float) -> Found:
    """All builds that were asked for at once succeed within `limit_s`, none lost and none doubled."""
    return _found(bursts.all_succeed(story(), number, limit_s))


@activity
def jobs_fail_at_first(limit_s: float) -> list[Found]:
    """The first job of each build that was asked for at once fails within `limit_s` of its start."""
    return _all_found(bursts.jobs_fail_at_first(story(), limit_s))


@activity
def jobs_succeed(limit_s: float) -> list[Found]:
    """A job of each build that was asked for at once succeeds within `limit_s` of its start."""
    return _all_found(bursts.jobs_succeed(story(), limit_s))


@activity
def pushes_refused(status: int) -> Found:
    """Some pushes were refused with the HTTP status `status`; without that nothing was shown."""
    return _found(bursts.pushes_refused(story(), status))


@activity
def retried_by_the_pipeline() -> Found:
    """Every refused push was tried again, by nobody but the pipeline."""
    return _found(bursts.retried_by_the_pipeline(story()))


@activity
def delayed_at_most(limit_s: float) -> Found:
    """The slowest build took at most `limit_s` longer than without the fault."""
    return _found(bursts.delayed_at_most(story(), limit_s))


@activity
def images_once() -> Found:
    """Each build is in the registry exactly once."""
    return _found(bursts.images_once(story()))


@activity
def nobody_acted() -> Found:
    """Nobody has changed the cluster by hand since the fault, as the API server's audit log has it."""
    return _found(bursts.nobody_acted(story()))


@activity
def alert_fires(alert: str, severity: str) -> Found:
    """The alert fires with that severity, as soon as its rule promises."""
    return _found(alerts.alert_fires(story(), alert, severity))


@activity
def alert_fires_within(alert: str, severity: str, limit_s: float, zero: str) -> Found:
    """The alert fires with that severity within `limit_s` of `zero`: "failure" or "fault"."""
    return _found(alerts.alert_fires_within(story(), alert, severity, limit_s, zero))


@activity
def alert_pending(alert: str) -> Found:
    """The alert is pending, as soon as its rule promises; refused for a rule without `for`."""
    return _found(alerts.alert_pending(story(), alert))


@activity
def alert_carries(alert: str, labels: dict, annotations: dict) -> Found:  # type: ignore[type-arg]
    """The alert that fired has these labels and annotations."""
    return _found(alerts.alert_carries(story(), alert, labels, annotations))


@activity
def alert_is_set_above(alert: str, limit: float) -> Found:
    """The alert's rule is loaded with that limit, and fires above it."""
    return _found(alerts.alert_is_set_above(story(), alert, limit))


@activity
def alert_stayed_inactive(alert: str) -> Found:
    """The alert has been neither pending nor firing since the fault."""
    return _found(alerts.alert_stayed_inactive(story(), alert))


@activity
def told_once() -> Found:
    """Since the fault no receiver was told the same of an alert twice."""
    return _found(alerts.told_once(story()))


@activity
def told_that_it_fires(channels: list) -> Found:  # type: ignore[type-arg]
    """Each of `channels` ("pagerduty", "slack") is told of the alert."""
    return _found(alerts.told_that_it_fires(story(), channels))


@activity
def told_within(channels: list, limit_s: float, zero: str) -> Found:  # type: ignore[type-arg]
    """Each of `channels` ("pagerduty", "slack") is told of the alert within `limit_s` of `zero` (failure or fault)."""
    return _found(alerts.told_within(story(), channels, limit_s, zero))


@activity
def alert_resolves(alert: str) -> Found:
    """The alert resolves as soon as its rule promises."""
    return _found(alerts.alert_resolves(story(), alert))


@activity
def told_that_it_is_resolved(channels: list) -> Found:  # type: ignore[type-arg]
    """Each of `channels` ("pagerduty", "slack") is told that the alert is over."""
    return _found(alerts.told_that_it_is_resolved(story(), channels))


@activity
def only_these_fired(alerts_allowed: list) -> Found:  # type: ignore[type-arg]
    """No alert but these has fired since the fault."""
    return _found(alerts.only_these_fired(story(), alerts_allowed))


@activity
def no_alert_left() -> Found:
    """No alert is pending or firing any more."""
    return _found(alerts.no_alert_left(story()))


@activity
def cause_found(cause: str, minutes: float) -> Found:
    """The diagnosis of the failed build names `cause`, within that time of the fault's effect."""
    return _found(response.cause_found(story(), cause, minutes))


@activity
def fix_in_effect(limit_s: float) -> Found:
    """The remedy is in effect within `limit_s` of being applied."""
    return _found(response.fix_in_effect(story(), limit_s))


@activity
def no_failed_job_left(limit_s: float) -> Found:
    """No failed job is left within `limit_s` of their deletion."""
    return _found(response.no_failed_job_left(story(), limit_s))


@activity
def success_rate_back(percent: float, limit_s: float) -> Found:
    """The success rate is at least `percent` within `limit_s` from now."""
    return _found(response.success_rate_back(story(), percent, limit_s))


@activity
def queues_short(messages: int, limit_s: float) -> Found:
    """The queues hold fewer than `messages` within `limit_s` from now."""
    return _found(response.queues_short(story(), messages, limit_s))


@activity
def incident_over(minutes: float) -> Found:
    """Within that time of the fault's effect it was built again, resolved, and everybody told."""
    return _found(response.incident_over(story(), minutes))


@activity
def rules_are_sound() -> Found:
    """No alert rule that Prometheus evaluates has a defect that promtool can show."""
    return _found(alerts.rules_are_sound(story()))
