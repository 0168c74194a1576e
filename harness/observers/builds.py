"""Builds, as their Kubernetes jobs tell: a "job" fact for each change of a job, a "build" fact for each build that is
settled, and the log of each job that failed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from harness.cluster.jobs import JobChange
from harness.facts.masking import mask_text
from harness.facts.timeline import Timeline
from harness.observers.thread import ObserverThread

_TELLING = re.compile(
    r"error|denied|fail|refused|exception|timed? ?out|retry|killed|\b4\d\d\b|\b5\d\d\b", re.IGNORECASE
)
_TELLING_LINES = 40
_LAST_LINES = 5


class BuildObserver(ObserverThread):
    """Records builds by correlation id, and the number of failed jobs as the sample "failed jobs".

    Args:
        changes: opens the watch; each item is a change, or None as a sign of life.
        read_log: the lines of a job's build container.
        correlation_label, parser_label, attempt_label: where the job carries these.
        outcome_annotation, failure_annotation: where the job of a build that is settled says how it ended, and why.
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
        outcome_annotation: str,
        failure_annotation: str,
        container: str,
    ) -> None:
        super().__init__(timeline)
        self._changes = changes
        self._read_log = read_log
        self._labels = (correlation_label, parser_label, attempt_label)
        self._outcome_annotation = outcome_annotation
        self._failure_annotation = failure_annotation
        self._container = container
        self._logs = timeline.path.parent / "logs" / "failed-builds"
        self._told: set[tuple[str, str]] = set()
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
                self._note_log(correlation, change.job)
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

    def _note_log(self, correlation: str, job: str) -> None:
        """Keep the whole log beside the timeline, for the job may be deleted; put the lines that tell on it."""
        lines = self._read_log(job)
        kept = self._logs / f"{job}.log"
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(mask_text("\n".join(lines)) + "\n")
        for line in telling_lines(lines):
            self.record("log", correlation, job=job, container=self._container, line=line)

    def _note_failed(self) -> None:
        self._failed_noted = True
        self.record("sample", "failed jobs", value=len(self._failed), jobs=sorted(self._failed))


def telling_lines(lines: tuple[str, ...]) -> list[str]:
    """The lines that speak of trouble, and the last few: a failing program may print its usage after its error."""
    chosen = [number for number, line in enumerate(lines) if _TELLING.search(line)][:_TELLING_LINES]
    last = range(max(0, len(lines) - _LAST_LINES), len(lines))
    return [lines[number] for number in sorted({*chosen, *last}) if lines[number].strip()]
