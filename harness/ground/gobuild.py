"""Go programs, compiled once from our modules and kept in the cache by what they are made from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from harness.errors import GroundError
from harness.ground.command import Commands
from harness.ground.versions import Program
from harness.ground.workspace import Workspace


class GoBuilder:
    """Compiles programs of the modules in clusters/images."""

    def __init__(self, workspace: Workspace, commands: Commands) -> None:
        self._workspace = workspace
        self._commands = commands

    def path(self, name: str, key: str) -> Path:
        """Where the program is, or will be."""
        return self._workspace.cache / "go" / "bin" / f"{name}-{key[:16]}"

    def build(self, module: str, name: str, program: Program, key: str) -> Path:
        """The compiled program. Raises CommandFailed, or GroundError when there is no Go."""
        target = self.path(name, key)
        if target.exists():
            return target
        self._require_go()
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix(".part")
        flags = " ".join(["-s", "-w", *(f"-X {key}={value}" for key, value in sorted(program.variables.items()))])
        self._commands.run(
            ["go", "build", "-trimpath", "-ldflags", flags, "-o", str(unfinished), program.package],
            log=f"go-{module}",
            environment=self._workspace.go_environment,
            folder=self._workspace.recipes / module,
        )
        unfinished.replace(target)
        return target

    def module_folder(self, module: str, package: str) -> Path:
        """Folder with the source of upstream module `package`, downloaded if need be, as `module` resolves it."""
        self._require_go()
        answer = self._commands.output(
            ["go", "mod", "download", "-json", package],
            log=f"go-{module}",
            environment=self._workspace.go_environment,
            folder=self._workspace.recipes / module,
            timeout_s=600.0,
        )
        return Path(str(json.loads(answer)["Dir"]))

    def _require_go(self) -> None:
        if shutil.which("go") is None:
            raise GroundError(
                "Go is not on PATH", todo="install Go 1.26 or newer, or use IMAGES=pull with the pinned kind on PATH"
            )
