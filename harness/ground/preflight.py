"""What must hold on this machine before a cluster is created."""

from __future__ import annotations

import errno
import shutil
import socket
from collections.abc import Sequence
from pathlib import Path

from harness.errors import OutOfSpace, PortInUse

GIB = 1024**3
# Measured: images and build caches from nothing take 14 GiB, a running cluster 2 GiB.
SPACE_TO_BUILD = 16 * GIB
SPACE_TO_RUN = 4 * GIB
_LISTEN = "0A"


def require_space(folder: Path, needed: int) -> None:
    """Raises OutOfSpace when the file system of `folder` has less than `needed` bytes free."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise OutOfSpace(
            f"{free / GIB:.1f} GiB free on the disk of {existing}, {needed / GIB:.0f} GiB needed",
            todo="free some, or set HARNESS_CACHE to a folder on a larger disk",
        )


def require_ports(address: str, ports: Sequence[int]) -> None:
    """Raises PortInUse when a port of `address` cannot be listened on."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                owner = listener(port)
                raise PortInUse(
                    f"port {port} of {address} is taken{f' by {owner}' if owner else ''}",
                    todo="stop what listens there, then run again",
                ) from error


def listener(port: int) -> str:
    """`name (pid N)` of the process that listens on a TCP port, empty when it cannot be known."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for descriptor in Path("/proc").glob("[0-9]*/fd/*") if sockets else ():
        try:
            target = str(descriptor.readlink())
        except OSError:
            continue
        if target in sockets:
            process = descriptor.parent.parent
            return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
    return ""


def _listening_inodes(port: int) -> set[str]:
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(fields[9])
    return found
