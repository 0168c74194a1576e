"""With which parameters each fault is measured, and what is aimed at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from chaos.bench.settling import PIPELINE, READABLE

START_S = 0.7
"""From the start of a process to its first injection, on a ready cluster."""
STOP_S = 2.0
"""From the signal to everything healed."""
GONE_S = 0.050
"""From the end of a process to the fault seen effective."""
PROXY_S = 0.010
ACCOUNT_S = 0.250
GIT_S = 30.0
"""SRE-001 gives a commit 30 s to be applied."""

_PARSER = {"parser": "abc123"}


@dataclass(frozen=True)
class Case:
    """How a fault is measured.

    Attributes:
        parameters: what it is injected with.
        aim_s: for inject to effective and for heal to healed.
        acts: whether it is ever effective.
        heals: whether its heal ends the effect; the dead stay dead, others come in their place.
        settles: what has to hold again before the next repeat, see `settle`.
        kills: the command line of the process that it ends, "" for most.
        pushes: how many pushes are under way, to meet the fault when it is injected.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    aim_s: float | None = None
    acts: bool = True
    heals: bool = True
    settles: Collection[str] = ()
    kills: str = ""
    pushes: int = 0


def _kill(workload: str, command: str, *, settles: Collection[str] = PIPELINE) -> Case:
    return Case({"workload": workload}, heals=False, settles=settles, kills=command)


CASES: Mapping[str, Case] = {
    "ecr-throttled": Case({"form": "bare 429", "builds": 2, "rate": 1}, PROXY_S, pushes=2),
    "iam-policy-removed": Case(_PARSER, ACCOUNT_S),
    "node-pressure": Case(settles=PIPELINE),
    "noop": Case(acts=False),
    "parser-invalid": Case({**_PARSER, "form": "syntax error"}, ACCOUNT_S),
    "pod-kill builder": _kill("builder", "python3 -m builder"),
    "pod-kill prometheus": _kill(
        "prometheus", "/bin/prometheus", settles=[*PIPELINE, "every metrics target is scraped"]
    ),
    "pod-kill rabbitmq": _kill("rabbitmq", "/usr/lib/erlang/erts-13.1.5/bin/beam.smp"),
    "queue-down": Case(settles=PIPELINE),
    "registry-down": Case({}, PROXY_S),
    "registry-slow": Case({"delay_ms": 100}, PROXY_S),
    "role-annotation-wrong": Case(_PARSER, GIT_S, settles=[READABLE]),
    "s3-denied": Case(_PARSER, PROXY_S),
    "s3-object-missing": Case(_PARSER, ACCOUNT_S),
    "sts-down": Case(_PARSER, PROXY_S),
}
"""By the fault's name, and a word more where one fault is measured in several ways."""


def fault_of(case: str) -> str:
    """The fault that a case of CASES measures."""
    return case.split(maxsplit=1)[0]
