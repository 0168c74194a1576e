"""`rules lint`, `rules mutate` and `rules scale`, also as `harness rules …` and `python -m harness.rules …`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TextIO

import click
from yaml import YAMLError

from harness.command_group import CommandGroup
from harness.errors import UsageError
from harness.progress import console_on
from harness.rules.durations import seconds
from harness.rules.lint.output import FORMATS


class _Duration(click.ParamType[float]):
    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        try:
            length = seconds(str(value))
        except UsageError as error:
            self.fail(str(error), param, ctx)
        return length or self.fail("it must be longer than 0 s", param, ctx)


@click.group(cls=CommandGroup, name="rules", context_settings={"help_option_names": ["-h", "--help"]})
def rules_command() -> None:
    """Alert rules looked at before an incident does it, for anybody's Prometheus rules."""


@rules_command.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--format", "form", type=click.Choice(["text", *FORMATS]), default="text", show_default=True)
@click.option("--prometheus", metavar="URL", help="a Prometheus that scrapes what the rules are about")
@click.option("--metrics", multiple=True, metavar="FILE", help="a saved /metrics page; as often as there are pages")
@click.option("--proof/--no-proof", default=True, show_default=True, help="put suspicions before promtool")
@click.option("--scrape-interval", type=_Duration(), default="1m", show_default=True)
@click.option("--evaluation-interval", type=_Duration(), default="1m", show_default=True)
@click.option(
    "--severity", type=click.Choice(["error", "warning", "hint"]), default="hint", show_default=True, help="the least"
)
def lint(  # noqa: PLR0917 - click calls it by name
    files: Sequence[str],
    form: str,
    prometheus: str | None,
    metrics: Sequence[str],
    proof: bool,
    scrape_interval: float,
    evaluation_interval: float,
    severity: str,
) -> None:
    """Which alerts never fire, always fire, or say something else than their text. FILE - is standard input.

    Exit status: 0 without errors, 1 with, 2 when the call is wrong.
    """
    from harness.rules.lint import proof as engine  # noqa: PLC0415 - start-up of the other commands stays fast
    from harness.rules.lint.output import renderer  # noqa: PLC0415
    from harness.rules.lint.output.text import show  # noqa: PLC0415
    from harness.rules.lint.pictures import pictures  # noqa: PLC0415
    from harness.rules.lint.run import Linted, lint, told_from  # noqa: PLC0415
    from harness.rules.lint.scraped import Scraped, from_files, from_prometheus  # noqa: PLC0415

    if prometheus and metrics:
        raise UsageError("--prometheus and --metrics were both given", todo="give one of them")
    if proof and not engine.available():
        proof = False
        click.echo("no promtool can be had: nothing is proven, so nothing but unreadable files is an error", err=True)
    linted: Linted = lint(
        files,
        scraped=lambda rules: (
            from_prometheus(prometheus, rules) if prometheus else from_files(metrics) if metrics else Scraped()
        ),
        scrape_interval_s=scrape_interval,
        evaluation_interval_s=evaluation_interval,
        prove=engine.prove if proof else None,
    )
    linted = told_from(linted, severity)
    if form == "text":
        show(linted.findings, console_on(sys.stdout), pictures(linted), files=linted.files, rules=linted.rules)
    else:
        click.echo(renderer(form)(linted.findings), nl=False)
    sys.exit(linted.exit_code)


@rules_command.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--tests", multiple=True, metavar="FILE", help="a promtool test file; as often as there are files")
@click.option("--run", "runs", multiple=True, metavar="FOLDER", help="a saved run whose record is a test")
@click.option("--alertmanager", metavar="FILE", help="its configuration, whose routes are broken too")
@click.option("--routes", multiple=True, metavar="FILE", help="who is to be told: a list of `labels` and `receivers`")
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
@click.option("--at-least", type=click.FloatRange(0, 100), default=0, metavar="PERCENT", help="fail below this score")
def mutate(  # noqa: PLR0917 - click calls it by name
    files: Sequence[str],
    tests: Sequence[str],
    runs: Sequence[str],
    alertmanager: str | None,
    routes: Sequence[str],
    form: str,
    at_least: float,
) -> None:
    """How many ways of breaking a rule its tests would notice.

    Exit status: 0 when the score is reached, 1 when it is not or something is wrongly declared to be equivalent, 2 when
    the call is wrong or the rules fail their tests as they are.
    """
    from harness.rules.mutation.model import Fate  # noqa: PLC0415 - start-up of the other commands stays fast
    from harness.rules.mutation.output import json, markdown  # noqa: PLC0415
    from harness.rules.mutation.output.text import show  # noqa: PLC0415
    from harness.rules.mutation.run import mutate as mutated_by  # noqa: PLC0415
    from harness.rules.mutation.score import score  # noqa: PLC0415

    mutated = mutated_by(files, tests=tests, runs=runs, alertmanager=alertmanager, routes=routes)
    if form == "text":
        show(mutated, console_on(sys.stdout))
    else:
        click.echo((json if form == "json" else markdown).render(mutated), nl=False)
    wrong = any(each.fate is Fate.WRONGLY_DECLARED for each in mutated.judged)
    sys.exit(1 if wrong or score("", mutated.judged).percent < at_least else 0)


@rules_command.command()
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--factor", type=click.IntRange(min=1), required=True, help="by what every duration is divided")
def scale(file: TextIO, factor: int) -> None:
    """Print a rule file with all its durations divided, as alert profiles do it for CI."""
    from harness.rules.scale import scale as scaled  # noqa: PLC0415 - start-up of the other commands stays fast

    try:
        click.echo(scaled(file.read(), "rules", factor), nl=False)
    except YAMLError as error:
        raise UsageError(f"{file.name} is no YAML: {' '.join(str(error).split())}", todo="lint it first") from error
