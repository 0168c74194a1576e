"""The base image: a minimal Debian made by debootstrap from the machine's own mirror."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from harness.errors import GroundError
from harness.ground import debian
from harness.ground.command import Commands
from harness.ground.versions import Debian
from harness.ground.workspace import Workspace

HOST_CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Documentation and translations; the packages' copyright files stay.
_UNNEEDED = ("usr/share/man", "usr/share/info", "usr/share/locale", "var/cache/apt", "var/lib/apt/lists", "var/log")


def import_rootfs(workspace: Workspace, commands: Commands, release: Debian, tag: str) -> None:
    """Make the image `tag`; its archive is kept in the cache, so that a second time needs no network.

    Raises GroundError when not root, CommandFailed when a program fails.
    """
    folder = workspace.cache / "debootstrap"
    archive = folder / f"{tag.rpartition(':')[2]}.tar"
    if not archive.exists():
        if not debian.is_root():
            raise GroundError("making the base image needs root (debootstrap)", todo="run as root, or use IMAGES=pull")
        if shutil.which("debootstrap") is None:
            debian.install(commands, ["debootstrap"])
        folder.mkdir(parents=True, exist_ok=True)
        _make_archive(workspace, commands, release, archive)
    changes = [part for change in (f"ENV PATH={_PATH}", 'CMD ["bash"]') for part in ("--change", change)]
    commands.run(["docker", "import", *changes, str(archive), tag], log="image-base")


def _make_archive(workspace: Workspace, commands: Commands, release: Debian, archive: Path) -> None:
    packages = archive.parent / "packages"
    packages.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix="root-") as name:
        root = Path(name)
        root.chmod(0o755)
        options = ["--variant=minbase", f"--cache-dir={packages}", f"--include={','.join(release.packages)}"]
        # In a mount namespace of its own: what it mounts goes when it goes, however it ends.
        commands.run(
            ["unshare", "--mount", "debootstrap", *options, release.suite, str(root), debian.mirror()],
            log="image-base",
        )
        for unneeded in _UNNEEDED:
            for entry in (root / unneeded).glob("*"):
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()
        for document in (root / "usr/share/doc").glob("*/*"):
            if document.name != "copyright" and not document.is_dir():
                document.unlink()
        shutil.copytree(workspace.recipes / "base" / "files", root, dirs_exist_ok=True)
        # What the machine trusts, its containers trust: a company's own proxy works in both.
        shutil.copyfile(HOST_CA_BUNDLE, root / "etc/ssl/certs/ca-certificates.crt")
        unfinished = archive.with_suffix(".part")
        commands.run(["tar", "-C", str(root), "--numeric-owner", "-cf", str(unfinished), "."], log="image-base")
        unfinished.replace(archive)
