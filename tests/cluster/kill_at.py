"""A pytest plugin that kills its own process with SIGKILL at one named moment, given in the variable KILL_AT.

The moment is a call of the harness: before it, so many seconds into it, or after it. The harness knows nothing of it.
"""

from __future__ import annotations

import functools
import importlib
import os
import signal
import threading
from collections.abc import Callable
from typing import Any, Literal

import msgspec

VARIABLE = "KILL_AT"


class Moment(msgspec.Struct, frozen=True):
    """A moment in a run's life.

    Attributes:
        call: "module:Class.method", "module:function", or "fault:name.method" for a method of a fault.
        when: before the call, `delay_s` into it, or after it.
        says: only a call with this text in its first argument's `text` counts (an expectation's sentence).
        nth: the how-manieth such call.
    """

    call: str
    when: Literal["before", "during", "after"]
    delay_s: float = 0.0
    says: str = ""
    nth: int = 1


def pytest_configure() -> None:
    """Put the kill in the way of the call."""
    moment = msgspec.json.decode(os.environ[VARIABLE], type=Moment)
    where, _, what = moment.call.partition(":")
    if where == "fault":
        name, _, method = what.partition(".")
        holder: Any = importlib.import_module("chaos.faults").lookup(name)
    else:
        kind, _, method = what.rpartition(".")
        module = importlib.import_module(where)
        holder = getattr(module, kind) if kind else module
    setattr(holder, method, _deadly(getattr(holder, method), moment))


def _deadly(call: Callable[..., Any], moment: Moment) -> Callable[..., Any]:
    seen = 0

    @functools.wraps(call)
    def instead(*arguments: Any, **named: Any) -> Any:
        nonlocal seen
        seen += moment.says in "".join(getattr(argument, "text", "") for argument in arguments)
        if seen != moment.nth:
            return call(*arguments, **named)
        if moment.when == "before":
            _die()
        if moment.when == "during":
            threading.Timer(moment.delay_s, _die).start()
        answer = call(*arguments, **named)
        if moment.when == "after":
            _die()
        return answer

    return instead


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
