"""The experiment that chaostoolkit plays, as a run of the harness with one scenario.

chaostoolkit hands nothing from one activity to the next, so the session that the control opens is kept here.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

from harness.errors import UsageError
from harness.running.keeper import RunKeeper, end
from harness.running.scenario import Scenario
from harness.running.story import Story

P = ParamSpec("P")
T = TypeVar("T")

_FEATURE = "chaos run"
"""Stands in the report where a Gherkin scenario names its feature."""


class Session:
    """One experiment being played.

    Attributes:
        keeper: holds the run and, once closed, its report.
        error: what ended the experiment before its end; None while all goes well.
        story: what the activities share; None until opened.
        acting: the hypothesis was met and the method has begun.
        healing: the rollbacks have begun, nothing stops them any more.
    """

    def __init__(self, keeper: RunKeeper) -> None:
        self.keeper = keeper
        self.error: BaseException | None = None
        self.story: Story | None = None
        self.acting = False
        self.healing = False
        self._closed = False

    def open(self, title: str) -> None:
        """Open the run and its scenario. Raises HarnessError when the target cannot be had; nothing was broken."""
        try:
            scenario = Scenario(self.keeper.run(), title, _FEATURE)
            self.story = Story(scenario)
            scenario.__enter__()
        except BaseException as error:
            self.error = error
            raise

    def stop_if_asked(self) -> None:
        """Raise KeyboardInterrupt when a signal came and the rollbacks have not begun."""
        if self.keeper.signals.received and not self.healing:
            raise KeyboardInterrupt(self.keeper.signals.received)

    def close(self) -> None:
        """End the scenario and the run, heal what is left, write the report. A second time changes nothing.

        A signal that comes meanwhile changes nothing either: what it asks for is being done.
        """
        if self._closed:
            return
        self._closed = True
        with suppress(KeyboardInterrupt), self.keeper.signals.held():
            if self.keeper.signals.received:
                self.error = KeyboardInterrupt(self.keeper.signals.received)
            # What went wrong is on the timeline, and makes the verdict HARNESS_ERROR.
            with suppress(Exception):
                if self.story is not None:
                    end(self.story.scenario, self.error)
            self.keeper.finish()


_current: list[Session] = []


def begin(session: Session) -> None:
    """Make it the session that activities find."""
    _current[:] = [session]


def forget() -> None:
    """Let activities find none."""
    _current.clear()


def running() -> Session | None:
    """The session of the experiment that is played, None when its control has not opened one."""
    return _current[0] if _current else None


def story() -> Story:
    """What the activities of the experiment share.

    Raises:
        UsageError: no run was opened.
    """
    session = running()
    if session is None or session.story is None:
        raise UsageError("no run is open", todo="declare the control chaos.control in the experiment")
    return session.story


def activity(function: Callable[P, T]) -> Callable[P, T]:
    """Mark an activity: what it raises is kept for the verdict, for chaostoolkit passes on no more than its text."""

    @functools.wraps(function)
    def kept(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            session = running()
            if session is not None:
                session.error = session.error or error
            raise

    return kept
