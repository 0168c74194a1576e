"""Keeps a run for whoever runs scenarios: opens it when the first one starts, judges and reports it at the end."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from harness.errors import HarnessError, Interrupted, Unavailable
from harness.extensions import fault_lookup, target_for
from harness.facts.bundle import seal
from harness.facts.timeline import read
from harness.judging.judge import judge
from harness.judging.judged import RunReport
from harness.judging.verdict import Verdict
from harness.progress import Progress
from harness.report import files, text
from harness.running.run import Run
from harness.running.runfolder import new_folder
from harness.running.scenario import GateClosed, Scenario, Stuck
from harness.running.signals import Signals


class RunKeeper:
    """One run, its signals and its report.

    Attributes:
        signals: taken over when the run is opened, given back when it is finished.
        folder: where the report goes; None until the run is opened, unless one was given.
        report: what was judged; None until the run is finished.
    """

    def __init__(self, root: Path, profile: Path, folder: Path | None, console: Console) -> None:
        self._root = root
        self._profile = profile
        self._console = console
        self._run: Run | None = None
        self._entered = False
        self._failure: BaseException | None = None
        self.signals = Signals()
        self.folder = folder
        self.report: RunReport | None = None

    def run(self) -> Run:
        """The run, opened at the first call. A run that could not be opened stays so."""
        if self._failure is not None:
            raise self._failure
        if self._run is None:
            self.signals.install()
            self.folder = self.folder or new_folder(self._root / "reports")
            try:
                run = Run(
                    folder=self.folder,
                    state=self._root / ".state",
                    target=target_for(self._profile, self._root),
                    lookup=fault_lookup(),
                    progress=Progress(self._console),
                    signals=self.signals,
                )
                self._run = run
                run.__enter__()
                self._entered = True
            except BaseException as error:
                self._failure = error
                raise
        return self._run

    def finish(self) -> Verdict | None:
        """Close the run, judge its timeline, write and show the report; None when no run was asked for.

        A signal that comes meanwhile takes effect when the report is written.
        """
        with self.signals.held():
            if self.folder is None or self._run is None:
                return None if self._failure is None else Verdict.HARNESS_ERROR
            if self._entered:
                self._note_stop(self._run)
                self._run.__exit__()
            self.report = judge(read(self._run.timeline.path), self.folder.name)
            problems = files.write(self.report, self.folder)
            seal(self.folder, self.folder.name)
            text.show(self.report, self._console, problems)
            self.signals.restore()
            return self.report.verdict

    def _note_stop(self, run: Run) -> None:
        """Say that a signal came, whenever it did: scenarios that it kept from running are in no other fact."""
        if self.signals.received:
            run.timeline.record("run-stopped", "run", what=f"stopped by {self.signals.received}")


def end(scenario: Scenario, error: BaseException | None) -> None:
    """Leave a scenario, healing what it injected, and record how its steps ended: with `error`, or well.

    Raises:
        HarnessError: something could not be healed.
        KeyboardInterrupt: a signal came while it was left, so that what is claimed at its end was not looked at.
    """
    try:
        scenario.__exit__(None, None, None)
    except KeyboardInterrupt as stopped:
        error = stopped
        raise
    except Exception as failed:
        what = failed if isinstance(failed, HarnessError) else f"{type(failed).__name__}: {failed}"
        scenario.record("run-error", scenario.name, what=f"leaving the scenario failed: {what}")
        raise
    finally:
        scenario.ended(_outcome(error), _reason(error))


def _outcome(error: BaseException | None) -> str:
    match error:
        case None:
            return "completed"
        case Unavailable():
            return "skipped"
        case KeyboardInterrupt() | GateClosed() | Interrupted():
            return "stopped"
        case Stuck():
            return "stuck"
        case _:
            return "error"


def _reason(error: BaseException | None) -> str:
    match error:
        case None:
            return ""
        case KeyboardInterrupt():
            return f"stopped by {error.args[0] if error.args else 'SIGINT'}"
        case HarnessError():
            return str(error)
        case _:
            return f"{type(error).__name__}: {error}"
