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

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_ONE_LINE = re.compile(r"^deb\s+(?:\[[^\]]*\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)$")
_CODENAMES = {"12": "bookworm", "13": "trixie"}
_INSTALL_LIMIT_S = 600.0


@dataclass(frozen=True)
class Release:
    """What /etc/os-release says."""

    identifier: str
    version: str

    @property
    def supported(self) -> bool:
        return self.identifier == "debian" and self.version in _CODENAMES


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
            if "main" in fields.get("components", "").split() and set(_CODENAMES.values()) & set(
                fields.get("suites", "").split()
            ):
                return fields["uris"].split()[0]
        for line in text.splitlines():
            match = _ONE_LINE.match(line.strip())
            if match and match["suite"] in _CODENAMES.values() and "main" in match["components"].split():
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


def wanted_from(suite: str, packages: Sequence[str]) -> list[str]:
    """`packages` (`name` or `name/suite`) as a machine of `suite` asks for them.

    One that names the machine's own suite needs no suite; on a machine newer than the named one, its own will do.
    """
    order = list(_CODENAMES.values())
    wanted = []
    for package in packages:
        name, _, named = package.partition("/")
        newer = named in order and suite in order and order.index(named) > order.index(suite)
        wanted.append(package if newer else name)
    return wanted


def install(commands: Commands, packages: Sequence[str], *, extra_suite: str = "") -> None:
    """Install packages (`name` or `name/suite`) as root, leaving the machine's own apt sources as they are.

    `extra_suite` is offered with a priority too low to be chosen unless a package names it. Raises CommandFailed.
    """
    suite = _CODENAMES.get(this_release().version, "")
    extra = extra_suite if extra_suite != suite else ""
    with tempfile.TemporaryDirectory(prefix="chaos-harness-apt-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "debian.sources").write_text(
            f"Types: deb\nURIs: {mirror()}\nSuites: {suite} {extra}\nComponents: main\nSigned-By: {KEYRING}\n"
        )
        preferences = folder / "preferences"
        preferences.mkdir()
        (folder / "lists" / "partial").mkdir(parents=True)
        if extra:
            (preferences / "extra").write_text(f"Package: *\nPin: release n={extra}\nPin-Priority: 100\n")
        settings = (
            "Dir::Etc::SourceList=/dev/null",
            f"Dir::Etc::SourceParts={folder}",
            f"Dir::Etc::PreferencesParts={preferences}",
            f"Dir::State::Lists={folder / 'lists'}",
            "DPkg::Lock::Timeout=120",
        )
        options = [part for setting in settings for part in ("-o", setting)]
        for action in (["update"], ["install", "-y", "--no-install-recommends", *wanted_from(suite, packages)]):
            commands.run(
                ["apt-get", *options, *action],
                log="apt",
                environment={"DEBIAN_FRONTEND": "noninteractive"},
                timeout_s=_INSTALL_LIMIT_S,
            )
