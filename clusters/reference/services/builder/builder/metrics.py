"""What the build service counts. Every label set exists from the start, or `rate` misses its first event."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

from builder.classify import Category, Failure

# 90 s is the alert's threshold and 120 s the next one up; quantiles are exact at bucket bounds only.
DURATION_BUCKETS = (2.5, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 75.0, 90.0, 120.0, 180.0, 300.0, 600.0)
NO_CATEGORY = "none"
EVENT_RESULTS = ("accepted", "duplicate", "rejected")


class Metrics:
    """The service's metrics in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._builds = Counter("builds", "Builds that have ended, after all attempts", registry=self.registry)
        self._failures = Counter(
            "build_failures", "Builds that have failed for good", ["category"], registry=self.registry
        )
        self._attempts = Counter(
            "build_attempts", "Attempts that have ended", ["outcome", "category"], registry=self.registry
        )
        self._duration = Histogram(
            "build_duration_seconds",
            "From the event's arrival to the end of the last attempt",
            buckets=DURATION_BUCKETS,
            registry=self.registry,
        )
        self._events = Counter("build_events", "Build events received", ["result"], registry=self.registry)
        self._service_events = Counter("service_events", "Service events received", ["result"], registry=self.registry)
        for category in Category:
            self._failures.labels(category.value)
            self._attempts.labels("failed", category.value)
        self._attempts.labels("succeeded", NO_CATEGORY)
        for result in EVENT_RESULTS:
            self._events.labels(result)
            self._service_events.labels(result)

    def build_event(self, result: str) -> None:
        """`result` is one of EVENT_RESULTS."""
        self._events.labels(result).inc()

    def service_event(self, result: str) -> None:
        """`result` is one of EVENT_RESULTS."""
        self._service_events.labels(result).inc()

    def attempt_ended(self, failure: Failure | None) -> None:
        """An attempt ended; None means that it succeeded."""
        if failure is None:
            self._attempts.labels("succeeded", NO_CATEGORY).inc()
        else:
            self._attempts.labels("failed", failure.category.value).inc()

    def build_ended(self, failure: Failure | None, duration_seconds: float) -> None:
        """A build ended after all its attempts; None means that it succeeded."""
        self._builds.inc()
        self._duration.observe(duration_seconds)
        if failure is not None:
            self._failures.labels(failure.category.value).inc()
