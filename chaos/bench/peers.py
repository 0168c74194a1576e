"""Tools of others, each installed once into the cache, outside of this project's own environment."""

from __future__ import annotations

import sys
from pathlib import Path

from harness.ground.command import Commands
from harness.ground.digest import combined
from harness.ground.workspace import Workspace

CHAOSTOOLKIT = ("chaostoolkit==1.19.0", "chaostoolkit-lib==1.44.0", "chaostoolkit-kubernetes==0.39.0")
"""chaostoolkit-lib 1.45 asks for Python 3.12."""
TOXIPROXY = "github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0"


def chaostoolkit(workspace: Workspace, commands: Commands) -> Path:
    """The program `chaos`. Raises CommandFailed."""
    environment = workspace.cache / "peers" / f"chaostoolkit-{combined([sys.version, *CHAOSTOOLKIT])[:16]}"
    program = environment / "bin" / "chaos"
    installed = environment / "installed"
    if not installed.exists():
        commands.run([sys.executable, "-m", "venv", "--clear", str(environment)], log="peers")
        pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", *CHAOSTOOLKIT]
        commands.run(pip, log="peers")
        installed.touch()
    return program


def toxiproxy(workspace: Workspace, commands: Commands) -> Path:
    """The toxiproxy server. Raises CommandFailed."""
    folder = workspace.cache / "peers" / f"toxiproxy-{combined([TOXIPROXY])[:16]}"
    program = folder / "server"
    if not program.exists():
        commands.run(
            ["go", "install", "-trimpath", TOXIPROXY],
            log="peers",
            environment=workspace.go_environment | {"GOBIN": str(folder), "GOFLAGS": ""},
        )
    return program
