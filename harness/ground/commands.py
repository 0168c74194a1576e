"""The commands `engine`, `up`, `down` and `status`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from harness.errors import GroundError
from harness.ground.alertprofile import FACTORS
from harness.ground.status import status_lines
from harness.ground.up import down, prepare, up
from harness.running.signals import Signals

_ROOT = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="The project's folder (default: the current one).",
)


@contextmanager
def _stoppable() -> Iterator[None]:
    """SIGINT and SIGTERM end the work inside, also when a script started it with SIGINT ignored."""
    signals = Signals()
    signals.install()
    try:
        yield
    finally:
        signals.restore()


@click.command("engine")
@_ROOT
def engine_command(root: Path) -> None:
    """Have a container engine and all images; no cluster."""
    with _stoppable():
        prepare(root)


@click.command("up")
@_ROOT
@click.option(
    "--alert-profile",
    type=click.Choice(sorted(FACTORS)),
    default="ci",
    envvar="ALERT_PROFILE",
    show_default=True,
    help="Durations of alerting as in production, or all divided by one factor.",
)
def up_command(root: Path, alert_profile: str) -> None:
    """Bring up the cluster and the pipeline, or reuse them."""
    with _stoppable():
        cluster = up(root, alert_profile=alert_profile)
    kubeconfig = os.path.relpath(cluster.kubeconfig)
    click.echo(f"{cluster.name} is ready (alert profile {cluster.stamp.alert_profile}); KUBECONFIG={kubeconfig}")


@click.command("down")
@_ROOT
def down_command(root: Path) -> None:
    """Remove the cluster and all that runs on it; engine, images and caches stay."""
    with _stoppable():
        removed = down(root)
    click.echo("the cluster is removed" if removed else "there is no cluster")


@click.command("status")
@_ROOT
def status_command(root: Path) -> None:
    """Say what is there: engine, images, cluster, workloads. Exit status 0 when the pipeline is ready."""
    ready, lines = status_lines(root)
    for line in lines:
        click.echo(line)
    if not ready:
        raise GroundError("the pipeline is not ready", todo="make up")
