"""Builds, as their Kubernetes jobs tell: a "job" fact for each change of a job, a "build" fact for each build that is
settled."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from harness.cluster.jobs import JobChange
from harness.facts.timeline import Timeline
from harness.observers.thread import ObserverThread


class BuildObserver(ObserverThread):
    """Records builds by correlation id, and the number of failed jobs as the sample "failed jobs".

    Args:
        changes: opens the watch; each item is a change, or None as a sign of life.
        read_log: called with the correlation id and the name of each job that failed; must not wait.
        correlation_label, parser_label, attempt_label: where the job carries these.
        outcome_annotation, failure_annotation: where the job of a build that is settled says how it ended, and why.
    """

    source = "kubernetes"

    def __init__(
        self,
        timeline: Timeline,
        *,
        changes: Callable[[], Iterator[JobChange | None]],
        read_log: Callable[[str, str], None],
        correlation_label: str,
        parser_label: str,
        attempt_label: str,
        outcome_annotation: str,
        failure_annotation: str,
    ) -> None:
        super().__init__(timeline)
        self._changes = changes
        self._read_log = read_log
        self._labels = (correlation_label, parser_label, attempt_label)
        self._outcome_annotation = outcome_annotation
        self._failure_annotation = failure_annotation
        self._failed: set[str] = set()
        self._failed_noted = False

    def watch(self) -> None:
        for change in self._changes():
            if self.stopping.is_set():
                return
            if change is not None:
                self._note(change)
            else:
                if not self._failed_noted:
                    self._note_failed()
                self.sighted()

    def _note(self, change: JobChange) -> None:
        correlation, parser, attempt = (
            change.annotations.get(label) or change.labels.get(label, "") for label in self._labels
        )
        if not change.known_before:
            self.record(
                "job",
                correlation,
                event=change.phase,
                job=change.job,
                parser=parser,
                attempt=attempt,
                reason=change.reason,
                stamped_at=change.stamped_at,
            )
            if change.phase == "failed":
                self._read_log(correlation, change.job)
            elif change.phase == "settled":
                self._note_build(correlation, attempt, change)
        if change.phase == "failed":
            self._failed.add(change.job)
            self._note_failed()
        elif change.phase == "deleted" and change.job in self._failed:
            self._failed.discard(change.job)
            self._note_failed()

    def _note_build(self, correlation: str, attempt: str, change: JobChange) -> None:
        failure = json.loads(change.annotations.get(self._failure_annotation) or "{}")
        self.record(
            "build",
            correlation,
            event="settled",
            outcome=change.annotations[self._outcome_annotation],
            attempts=int(attempt),
            category=failure.get("category", ""),
            job=change.job,
        )

    def _note_failed(self) -> None:
        self._failed_noted = True
        self.record("sample", "failed jobs", value=len(self._failed), jobs=sorted(self._failed))
