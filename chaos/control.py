"""The control that makes an experiment a run of the harness: opened before it, judged and reported after it.

Every experiment declares it: `controls: [{name: harness, provider: {type: python, module: chaos.control}}]`.

- The verdict is the harness's. chaostoolkit calls an experiment "completed" whatever its activities raised; unless the
  verdict is PASS the journal is marked failed here, and `chaos run` ends with 1.
- Signals are the harness's too. chaostoolkit takes a SIGTERM that comes during an activity for that activity's failure
  and goes on with the next; here both signals become a KeyboardInterrupt, which it lets through to its rollbacks.
- An activity that raises ends the method: what would follow is no longer what was meant.
"""

import json
import logging
import sys
from pathlib import Path
from typing import Any

from chaoslib.exceptions import InterruptExecution
from chaoslib.run import EventHandlerRegistry, RunEventHandler

from chaos import session
from chaos.session import Session
from harness.checkout import root
from harness.errors import FaultError, Interrupted
from harness.facts.masking import mask
from harness.judging.judged import RunReport
from harness.judging.verdict import Verdict
from harness.progress import console_on
from harness.running.keeper import RunKeeper

__all__ = [
    "after_activity_control",
    "after_experiment_control",
    "before_experiment_control",
    "before_method_control",
    "before_rollback_control",
    "cleanup_control",
    "configure_control",
]

PROFILE = "clusters/reference/profile.yaml"
"""The target when the experiment's configuration names none."""

logger = logging.getLogger("chaostoolkit")


class StopAtOnce(RunEventHandler):  # type: ignore[misc]
    """Stops between two activities, and before the pause that would follow one that a signal has ended."""

    def start_activity(self, activity: dict[str, Any]) -> None:
        del activity
        _stop_if_asked()

    def activity_completed(self, activity: dict[str, Any], run: dict[str, Any]) -> None:
        del activity, run
        _stop_if_asked()


def configure_control(event_registry: EventHandlerRegistry) -> None:
    """Hear of activities as they begin and end."""
    event_registry.register(StopAtOnce())


def before_experiment_control(context: dict[str, Any], configuration: dict[str, Any]) -> None:
    """Open the run. The configuration's `profile` names the target.

    Raises:
        InterruptExecution: it cannot be opened; no activity is played.
    """
    try:
        here = root()
        opened = Session(RunKeeper(here, here / configuration.get("profile", PROFILE), None, console_on(sys.stderr)))
        session.begin(opened)
        opened.open(context["title"])
    except Exception as error:
        raise InterruptExecution(f"{type(error).__name__}: {error}") from error


def before_method_control(context: dict[str, Any]) -> None:
    """From now on the hypothesis is looked at to see whether it is met again."""
    del context
    if (running := session.running()) is not None:
        running.acting = True


def after_activity_control(context: dict[str, Any], state: dict[str, Any] | None) -> None:
    """End the method when an activity has raised.

    Raises:
        InterruptExecution: it has. While rollbacks are played it is only kept for the verdict.
    """
    running = session.running()
    if running is None or state is None or state["status"] != "failed":
        return
    what = state["exception"][-1].strip()
    running.error = running.error or FaultError(f"activity {context['name']!r} failed: {what}")
    if not running.healing:
        raise InterruptExecution(what)


def before_rollback_control(context: dict[str, Any]) -> None:
    """From now on nothing stops what heals."""
    del context
    if (running := session.running()) is not None:
        running.healing = True


def after_experiment_control(context: dict[str, Any], state: dict[str, Any]) -> None:
    """Close the run, mark the journal `state` with its verdict, and keep it in the report's folder."""
    del context
    played, state["status"] = state["status"], "failed"  # whatever is raised in a control, chaostoolkit passes over
    running = session.running()
    if running is None:
        return
    if played == "interrupted" and running.error is None:
        running.error = Interrupted("chaostoolkit was told to exit")
    elif played == "aborted" and running.error is None:
        running.error = FaultError("chaostoolkit aborted the experiment")
    running.close()
    report = running.keeper.report
    if report is None:
        return
    state["status"] = _status(played, report.verdict)
    state["deviated"] = state["deviated"] or report.verdict is Verdict.FAIL
    state["chaos-harness"] = {"verdict": report.verdict, "reason": _why(report), "run": report.run}
    if report.verdict is not Verdict.PASS:
        logger.error(f"{report.verdict}: {_why(report)}")
    if running.keeper.folder is not None:
        _keep(state, running.keeper.folder / "journal.json")


def cleanup_control() -> None:
    """Close what a signal outside of every phase has left open."""
    running = session.running()
    session.forget()
    if running is not None:
        running.close()


def _stop_if_asked() -> None:
    running = session.running()
    if running is not None:
        running.stop_if_asked()


def _status(played: str, verdict: Verdict) -> str:
    """The journal's status, one of those that chaostoolkit knows; any but "completed" ends `chaos run` with 1."""
    if verdict is Verdict.PASS:
        return played
    return "interrupted" if verdict is Verdict.ABORTED else "failed"


def _why(report: RunReport) -> str:
    reasons = [report.reason, *(s.reason for s in report.scenarios if s.verdict is not Verdict.PASS)]
    return "; ".join(reason for reason in reasons if reason)


def _keep(journal: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(mask(journal), indent=2, ensure_ascii=False, default=str) + "\n")
