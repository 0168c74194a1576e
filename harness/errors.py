"""Every error this project raises on purpose.

HarnessError                     what happened, where, what to do; exit code 12
├── UsageError                   the call was wrong; nothing was started; exit code 2
├── GroundError                  the machine or the cluster cannot be brought up
│   ├── EngineMissing            no container engine, and no right or way to install one
│   ├── CommandFailed            a program we ran ended with an error
│   ├── OutOfSpace               too little disk
│   └── PortInUse                a host port we publish belongs to somebody else
├── NotOurs                      refused: the cluster or the endpoint is not this project's
├── TargetError                  the system under test answered in a way we cannot work with
├── DeadlineExceeded             a wait ended without what it waited for
├── FaultError                   a fault could not be injected or healed
├── Unavailable                  this target or machine cannot have that fault or tool; its scenario or test is skipped
└── Interrupted                  a signal asked us to stop; exit code 11
"""

from __future__ import annotations


class HarnessError(Exception):
    """Base of all: `what` happened, and in `todo` what the reader can do about it."""

    exit_code = 12

    def __init__(self, what: str, *, todo: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo

    def __str__(self) -> str:
        return f"{self.what} — {self.todo}" if self.todo else self.what


class UsageError(HarnessError):
    """The command line, a name or a file given by the user is wrong. Nothing was started."""

    exit_code = 2


class GroundError(HarnessError):
    """Engine, images, cluster or deployment cannot be brought up."""


class EngineMissing(GroundError):
    """No container engine runs, and this user or system cannot install one."""


class CommandFailed(GroundError):
    """A program ended with an error; `what` holds its last words."""


class OutOfSpace(GroundError):
    """Less free disk than the work ahead needs."""


class PortInUse(GroundError):
    """A host port that the cluster publishes is taken."""


class NotOurs(HarnessError):
    """The cluster or an endpoint is not one this project made; it is left alone."""


class TargetError(HarnessError):
    """The system under test, or something that watches it, gave an unusable answer."""


class DeadlineExceeded(HarnessError):
    """A wait ended without what it waited for; `what` says what was last seen."""


class FaultError(HarnessError):
    """A fault could not be injected, proven or healed."""


class Unavailable(HarnessError):
    """A fault or a tool that cannot be had here. Nothing was changed; the scenario or test that needs it is skipped."""


class Interrupted(HarnessError):
    """SIGINT or SIGTERM arrived; everything injected is healed on the way out."""

    exit_code = 11
