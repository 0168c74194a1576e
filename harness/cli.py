"""The command line: `harness chaos`, `up`, `down`, `status`, `heal`, `judge`, `report`, `rules`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from harness.checkout import root
from harness.command_group import CommandGroup
from harness.ground.commands import down_command, engine_command, status_command, up_command
from harness.judging.verdict import Verdict
from harness.progress import console_on
from harness.report.commands import report_command
from harness.rules.commands import rules_command

_PROFILE = "clusters/reference/profile.yaml"


class _Group(CommandGroup):
    """Being stopped is one line too."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("stopped", err=True)
            ctx.exit(Verdict.ABORTED.exit_code)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Chaos scenarios that prove, with measured times, that a build pipeline alerts, retries and recovers."""


@main.command()
@click.option("--scenario", default="", help="which scenarios, as pytest's -k takes it")
@click.option("--profile", default=_PROFILE, show_default=True, help="the target")
@click.option("--keep/--no-keep", default=None, help="keep the cluster afterwards (default: unless CI=true)")
@click.option("--alert-profile", type=click.Choice(["ci", "production"]), envvar="ALERT_PROFILE", default="ci")
def chaos(scenario: str, profile: str, keep: bool | None, alert_profile: str) -> None:
    """Bring the cluster up, run the scenarios, write the report. Exit status: 0 only when all claims hold."""
    from harness.running.session import run_scenarios  # noqa: PLC0415 - start-up of the other commands stays fast

    keep_cluster = keep if keep is not None else os.environ.get("CI", "").lower() != "true"
    sys.exit(
        run_scenarios(root(), scenario, Path(profile), alert_profile, keep=keep_cluster, console=console_on(sys.stderr))
    )


@main.command()
@click.option("--runs", default=50, show_default=True, help="how many runs at most")
@click.option("--minutes", default=420.0, show_default=True, help="no run is begun after so many")
@click.option("--scenario", default="not parts", show_default=True, help="which scenarios, as pytest's -k takes it")
@click.option("--profile", default=_PROFILE, show_default=True, help="the target")
def soak(runs: int, minutes: float, scenario: str, profile: str) -> None:
    """Run the scenarios again and again on the cluster that is up. Exit status: 0 only when all runs are PASS."""
    from harness.facts.timing import RunClock  # noqa: PLC0415
    from harness.running import session, soak  # noqa: PLC0415 - start-up of the other commands stays fast

    rows = list(soak.soak(lambda: session.run_again(root(), scenario, Path(profile)), runs, minutes, RunClock()))
    console_on(sys.stdout).print(soak.table(rows))
    sys.exit(0 if rows and soak.longest_stretch(rows) == len(rows) else 1)


@main.command()
@click.option("--profile", default=_PROFILE, show_default=True, help="the target")
def heal(profile: str) -> None:
    """Take back every fault that a run has left behind, and say which."""
    from harness.extensions import fault_lookup, target_for  # noqa: PLC0415
    from harness.faults.ledger import Ledger, heal_all  # noqa: PLC0415
    from harness.running.lock import RunLock  # noqa: PLC0415

    target = target_for(root() / profile, root())
    with RunLock("heal"):
        target.guard()
        ledger = Ledger(root() / ".state" / "ledger", target.leases)
        left = len(ledger.entries())
        healed = list(heal_all(ledger, target, fault_lookup()))
        tidied = target.tidy()
    for entry in healed:
        click.echo(f"healed {entry.fault}, left by run {entry.run}")
    if tidied:
        click.echo(f"removed {len(tidied)} ended jobs")
    if not healed:
        click.echo("nothing to heal" + (": what was broken is healed, or went with its cluster" if left else ""))


@main.command()
@click.argument("run", type=click.Path(path_type=Path))
def judge(run: Path) -> None:
    """Judge a saved run again, offline. Exit status: that of its verdict."""
    from harness.facts.bundle import unseal  # noqa: PLC0415
    from harness.judging.judge import judge as decide  # noqa: PLC0415
    from harness.report.text import show  # noqa: PLC0415

    bundle = unseal(run if run.is_dir() else run.parent)
    report = decide(bundle.history, bundle.run, bundle.doubt)
    show(report, console_on(sys.stdout))
    sys.exit(report.verdict.exit_code)


main.add_command(engine_command)
main.add_command(up_command)
main.add_command(down_command)
main.add_command(status_command)
main.add_command(report_command)
main.add_command(rules_command)
