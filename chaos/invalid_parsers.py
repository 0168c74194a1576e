"""Parsers that cannot be built, by what is wrong with them."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable, Mapping

from harness.parser_archive import sample_parser

SYNTAX_ERROR = "def parse(line):\n    return line.split(','\n"
"""The bracket that is never closed is on line 2."""
_TOO_BIG_BY = 4 << 20


def invalid_parser(form: str, room: int) -> bytes:
    """The archive of that `form`, one of FORMS, for a pipeline that takes parsers of up to `room` bytes."""
    return FORMS[form](room)


def _archive(name: str, body: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(body)
        archive.addfile(entry, io.BytesIO(body))
    return buffer.getvalue()


FORMS: Mapping[str, Callable[[int], bytes]] = {
    "syntax error": lambda _room: sample_parser(SYNTAX_ERROR),
    "no archive": lambda _room: b"this is no archive\n" * 8,
    "empty file": lambda _room: b"",
    "empty archive": lambda _room: gzip.compress(b"\0" * 10240, mtime=0),
    "wrong encoding": lambda _room: _archive("parser.py", "name = 'Zoë'\n".encode("latin-1")),
    "hostile path": lambda _room: _archive("../../../../etc/parser.py", b"print('out of bounds')\n"),
    # Zeros, so that what is uploaded is small.
    "too big": lambda room: _archive("parser.py", bytes(room + _TOO_BIG_BY)),
}
