"""Debian as the machine knows it: its release, its mirror, and installing packages from it."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import GroundError
from harness.ground.command import Commands

SUPPORTED = ("12", "13")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_ONE_LINE = re.compile(r"^deb\s+(?:\[[^\]]*\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)$")
_CODENAMES = ("bookworm", "trixie")
_INSTALL_LIMIT_S = 600.0


@dataclass(frozen=True)
class Release:
    """What /etc/os-release says."""

    identifier: str
    version: str

    @property
    def supported(self) -> bool:
        return self.identifier == "debian" and self.version in SUPPORTED


def parse_release(text: str) -> Release:
    """The release named by the text of an os-release file."""
    fields = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return Release(fields.get("ID", "").strip('"'), fields.get("VERSION_ID", "").strip('"'))


def this_release() -> Release:
    """The release of this machine; empty when it does not say."""
    try:
        return parse_release(Path("/etc/os-release").read_text(encoding="utf-8"))
    except OSError:
        return Release("", "")


def is_root() -> bool:
    """Whether this process may install packages."""
    return os.geteuid() == 0


def mirror_in(sources: Sequence[str]) -> str | None:
    """Address of the Debian mirror in the texts of apt source files (either format): the first with a main suite."""
    for text in sources:
        for stanza in re.split(r"\n\s*\n", text):
            fields = _fields(stanza)
            if "main" in fields.get("components", "").split() and set(_CODENAMES) & set(
                fields.get("suites", "").split()
            ):
                return fields["uris"].split()[0]
        for line in text.splitlines():
            match = _ONE_LINE.match(line.strip())
            if match and match["suite"] in _CODENAMES and "main" in match["components"].split():
                return str(match["uri"])
    return None


def _fields(stanza: str) -> dict[str, str]:
    lines = (line.partition(":") for line in stanza.splitlines() if not line.startswith("#"))
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def mirror() -> str:
    """This machine's Debian mirror. Raises GroundError when its apt sources name none."""
    folder = Path("/etc/apt")
    files = [folder / "sources.list", *sorted(folder.glob("sources.list.d/*"))]
    found = mirror_in([path.read_text(encoding="utf-8", errors="replace") for path in files if path.is_file()])
    if found is None:
        raise GroundError(
            "this machine's apt sources name no Debian mirror", todo="add a Debian source, or use IMAGES=pull"
        )
    return found


def install(commands: Commands, packages: Sequence[str], *, extra_suite: str | None = None) -> None:
    """Install packages (`name` or `name/suite`) as root, leaving the machine's own apt sources as they are.

    `extra_suite` is offered with a priority too low to be chosen unless a package names it. Raises CommandFailed.
    """
    address = mirror()
    suites = _CODENAMES[0] if this_release().version == "12" else _CODENAMES[1]
    with tempfile.TemporaryDirectory(prefix="chaos-harness-apt-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "debian.sources").write_text(
            f"Types: deb\nURIs: {address}\nSuites: {suites}"
            f"{f' {extra_suite}' if extra_suite and extra_suite != suites else ''}\n"
            f"Components: main\nSigned-By: {KEYRING}\n"
        )
        preferences = folder / "preferences"
        preferences.mkdir()
        if extra_suite and extra_suite != suites:
            (preferences / "extra").write_text(f"Package: *\nPin: release n={extra_suite}\nPin-Priority: 100\n")
        options = [
            "-o", "Dir::Etc::SourceList=/dev/null",
            "-o", f"Dir::Etc::SourceParts={folder}",
            "-o", f"Dir::Etc::PreferencesParts={preferences}",
            "-o", "APT::Get::List-Cleanup=0",
            "-o", "DPkg::Lock::Timeout=120",
        ]  # fmt: skip
        environment = {"DEBIAN_FRONTEND": "noninteractive"}
        commands.run(["apt-get", *options, "update"], log="apt", environment=environment, timeout_s=_INSTALL_LIMIT_S)
        commands.run(
            ["apt-get", *options, "install", "-y", "--no-install-recommends", *packages],
            log="apt",
            environment=environment,
            timeout_s=_INSTALL_LIMIT_S,
        )
