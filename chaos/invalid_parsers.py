"""Parsers that cannot be built, by what is wrong with them."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable, Mapping

from harness.parser_archive import sample_parser

SYNTAX_ERROR = "def parse(line):\n    return line.split(','\n"
"""The bracket that is never closed is on line 2."""


def invalid_parser(form: str) -> bytes:
    """The archive of that `form`, one of FORMS."""
    return FORMS[form]()


def _archive(name: str, body: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(body)
        archive.addfile(entry, io.BytesIO(body))
    return buffer.getvalue()


FORMS: Mapping[str, Callable[[], bytes]] = {
    "syntax error": lambda: sample_parser(SYNTAX_ERROR),
    "no archive": lambda: b"this is no archive\n" * 8,
    "empty file": lambda: b"",
    "empty archive": lambda: gzip.compress(b"\0" * 10240, mtime=0),
    "wrong encoding": lambda: _archive("parser.py", "name = 'Zoë'\n".encode("latin-1")),
    "hostile path": lambda: _archive("../../../../etc/parser.py", b"print('out of bounds')\n"),
}
