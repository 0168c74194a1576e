"""What the command lines share."""

from __future__ import annotations

import click

from harness.errors import HarnessError


class CommandGroup(click.Group):
    """Errors of ours end as one line on standard error, with their exit code."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except HarnessError as error:
            click.echo(f"error: {error}", err=True)
            ctx.exit(error.exit_code)
