"""What is read from a Debian machine's own files."""

from __future__ import annotations

import pytest

from harness.ground.debian import mirror_in, parse_release, wanted_from

DEB822 = """# a comment
Types: deb
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.test/debian-security
Suites: bookworm-security
Components: main
"""
ONE_LINE = """deb-src http://no.test/debian bookworm main
deb [arch=amd64 signed-by=/k.gpg] http://line.test/debian trixie main contrib
"""
OTHERS = "Types: deb\nURIs: http://node.test/x\nSuites: nodistro\nComponents: main\n"


@pytest.mark.parametrize(
    ("sources", "address"),
    [
        ([OTHERS, DEB822], "http://mirror.test/debian"),
        ([OTHERS, ONE_LINE], "http://line.test/debian"),
        (["deb http://third.test/apt cloud-sdk-bookworm main\n", OTHERS, ""], None),
    ],
)
def test_mirror(sources: list[str], address: str | None) -> None:
    assert mirror_in(sources) == address


@pytest.mark.parametrize(
    ("text", "supported"),
    [
        ('ID=debian\nVERSION_ID="12"\n', True),
        ('ID=debian\nVERSION_ID="13"\n', True),
        ('ID=debian\nVERSION_ID="11"\n', False),
        ('ID=ubuntu\nVERSION_ID="12"\n', False),
        ("", False),
    ],
)
def test_supported_releases(text: str, supported: bool) -> None:
    assert parse_release(text).supported is supported


@pytest.mark.parametrize(
    ("suite", "wanted"),
    [
        ("bookworm", ["docker.io/trixie", "runc", "iptables"]),
        ("trixie", ["docker.io", "runc", "iptables"]),
    ],
)
def test_packages_by_suite(suite: str, wanted: list[str]) -> None:
    assert wanted_from(suite, ["docker.io/trixie", "runc/bookworm", "iptables"]) == wanted
