"""What a metric's name says of it, where nobody gave its type."""

from __future__ import annotations

import re

from harness.rules.lint.model import Context

_EVENTS = re.compile(
    r"(^|_)(errors?|failures?|failed|restarts?|retries|exceptions?|dropped|drops|rejected|rejections|timeouts|"
    r"requests|messages|panics|crashes|evictions|aborted|kills|redeliveries|reconnects|failure|syncs?|reloads|"
    r"deadlocks|rollbacks|commits|queries|attempts|reconciliations|missed|lost|hits|misses|scrapes|seen)_total$"
    r"|^ClickHouseProfileEvents_|(^|_)pg_stat_database_(blks_(hit|read)|conflicts|deadlocks|temp_(bytes|files)|tup_\w+|"
    r"xact_(commit|rollback))$|^mysql_global_status_(aborted_\w+|innodb_log_waits|queries|questions|slow_queries)$"
    r"|^nginx_ingress_controller_requests$"
)
# All of node_exporter's begin so, whatever they count.
_EXPORTER = re.compile(r"^node_")
_STATES = re.compile(r"(nodes?|dis[ck]s?|drives?|offline|online|free|used|usage|current|active|size|capacity|memory)")
_GAUGE = re.compile(
    r"^up$|(^|_)(ratio|percent|percentage|celsius|info|timestamp_seconds|in_progress|inprogress|utilization|"
    r"resident_memory_bytes|working_set_bytes|(avail|available|capacity|free|limit|usage|used)_bytes|"
    r"total_size_in_bytes|open_fds|goroutines|threads_(connected|running)|queue_(depth|length|size)|current_queue|"
    r"messages_(ready|unacked|unacknowledged)|connected_clients|stat_activity_count|consumergroup_lag|load(1|5|15)|"
    r"(available|current|desired|ready|unavailable)_replicas|replicas_(available|ready|unavailable))$"
)
_STATE_SET = re.compile(
    r"^kube_\w+_status_(phase|condition|ready|scheduled|reason|waiting_reason|terminated_reason|last_terminated_reason)$"
    r"|^kube_(pod_container_status_(waiting|running|terminated|ready)|job_(failed|complete))$"
    r"|^(node_systemd_unit_state|kube_pod_status_unschedulable)$"
)
_SUFFIXES = ("_bucket", "_count", "_sum")


def declared_type(metric: str, context: Context) -> str:
    """The type that the metric was scraped with, "" when it is not known."""
    if context.metrics is None:
        return ""
    found = context.metrics.get(metric, "")
    return "counter" if found in ("histogram", "summary") and metric.endswith(_SUFFIXES) else found


def is_counter(metric: str, context: Context) -> bool:
    """Whether it is a counter: declared so, or nothing was declared and its name is that of counted events."""
    declared = declared_type(metric, context)
    if declared in ("", "untyped"):
        return bool(_EVENTS.search(metric)) and not _STATES.search(_EXPORTER.sub("", metric))
    return declared == "counter"


def may_be_counter(metric: str, context: Context) -> bool:
    """Whether it is a counter, or has the suffix and no declared type; legacy exporters use that for gauges too."""
    return is_counter(metric, context) or (
        declared_type(metric, context) in ("", "untyped") and metric.endswith("_total") and ":" not in metric
    )


def is_gauge(metric: str, context: Context) -> bool:
    """Whether it is a gauge: declared so, or nothing was declared and its name is a gauge's beyond doubt."""
    declared = declared_type(metric, context)
    if declared in ("", "untyped"):
        return bool(_GAUGE.search(metric)) and ":" not in metric
    return declared == "gauge"


def is_state_set(metric: str) -> bool:
    """Whether it is one of the well-known families with a series for each state, all but one of them 0."""
    return _STATE_SET.match(metric) is not None
