"""How benches end: what was measured until an error or a signal is shown all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from harness.errors import HarnessError
from harness.judging.verdict import Verdict
from harness.running.signals import Signals


@dataclass
class Outcome:
    """`status`: the exit status that the end of the measuring asks for; 0 when it went through."""

    status: int = 0


@contextmanager
def measuring(signals: Signals) -> Iterator[Outcome]:
    """Ends at the first error of ours and at the first signal, says which it was, and lets what follows go on."""
    outcome = Outcome()
    try:
        yield outcome
    except HarnessError as error:
        click.echo(f"error: {error}", err=True)
        outcome.status = error.exit_code
    except KeyboardInterrupt:
        click.echo(f"stopped by {signals.received}; what was measured until then:", err=True)
        outcome.status = Verdict.ABORTED.exit_code
