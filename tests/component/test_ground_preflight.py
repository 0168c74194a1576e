"""What is checked on the machine before a cluster is made."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

import pytest

from harness.errors import OutOfSpace, PortInUse
from harness.ground.preflight import GIB, require_ports, require_space


def test_a_taken_port_is_named_with_its_owner() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=re.escape(f"port {port} of 127.0.0.1 is taken by ")) as raised:
            require_ports("127.0.0.1", [port])
    assert f"(pid {os.getpid()})" in raised.value.what
    require_ports("127.0.0.1", [port])


def test_too_little_disk_says_how_much_is_missing(tmp_path: Path) -> None:
    require_space(tmp_path / "not" / "made" / "yet", 1)
    with pytest.raises(OutOfSpace, match=r"GiB free on the disk of .*, 1048576 GiB needed"):
        require_space(tmp_path, 1024**2 * GIB)
