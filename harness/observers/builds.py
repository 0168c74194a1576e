"""Builds, as their Kubernetes jobs tell: one "job" fact for each change, and the log of each that failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.cluster.jobs import JobChange
from harness.observers.thread import ObserverThread
from harness.timeline import Timeline

_LOG_LINES = 60


class BuildObserver(ObserverThread):
    """Records builds by correlation id, and the number of failed jobs as the sample "failed jobs".

    Args:
        changes: opens the watch; each item is a change, or None as a sign of life.
        read_log: the lines of a job's build container.
        correlation_label, parser_label, attempt_label: where the job carries these.
        container: the build container's name.
    """

    source = "kubernetes"

    def __init__(
        self,
        timeline: Timeline,
        *,
        changes: Callable[[], Iterator[JobChange | None]],
        read_log: Callable[[str], tuple[str, ...]],
        correlation_label: str,
        parser_label: str,
        attempt_label: str,
        container: str,
    ) -> None:
        super().__init__(timeline)
        self._changes = changes
        self._read_log = read_log
        self._labels = (correlation_label, parser_label, attempt_label)
        self._container = container
        self._told: set[tuple[str, str]] = set()
        self._failed: set[str] = set()

    def watch(self) -> None:
        for change in self._changes():
            if self.stopping.is_set():
                return
            if change is not None:
                self._note(change)
            else:
                if not self._told:
                    self._note_failed()
                self.sighted()

    def _note(self, change: JobChange) -> None:
        if (change.job, change.phase) in self._told:
            return
        self._told.add((change.job, change.phase))
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
                for line in self._read_log(change.job)[-_LOG_LINES:]:
                    self.record("log", correlation, job=change.job, container=self._container, line=line)
        if change.phase == "failed":
            self._failed.add(change.job)
            self._note_failed()
        elif change.phase == "deleted" and change.job in self._failed:
            self._failed.discard(change.job)
            self._note_failed()

    def _note_failed(self) -> None:
        self.record("sample", "failed jobs", value=len(self._failed), jobs=sorted(self._failed))
