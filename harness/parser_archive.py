"""Parser archives: a tar.gz with a parser.py, made and looked into."""

from __future__ import annotations

import io
import tarfile
import zlib

_PARSER = "def parse(line):\n    return line.split(',')\n\n\nprint(parse('a,b'))\n"


def sample_parser(source: str = _PARSER) -> bytes:
    """A parser archive (tar.gz with parser.py), the same bytes for the same source."""
    body = source.encode()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo("parser.py")
        entry.size = len(body)
        archive.addfile(entry, io.BytesIO(body))
    return buffer.getvalue()


def parser_problem(archive: bytes, room: int) -> str:
    """What is wrong with a parser archive, in one line; "" when it holds a parser.py that compiles, and takes no more
    than `room` bytes, packed and unpacked together."""
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as opened:
            size = len(archive) + sum(member.size for member in opened.getmembers())
            if size > room:
                return f"too big: {size} bytes, with room for {room}"
            names = opened.getnames()
            outside = [name for name in names if name.startswith(("/", "../")) or "/../" in name]
            if outside:
                return f"a path that leads out: {outside[0]}"
            member = opened.extractfile("parser.py") if "parser.py" in names else None
            if member is None:
                return "no parser.py in the archive"
            compile(member.read(), "parser.py", "exec")
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        return f"no archive: {error}"
    except (SyntaxError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return ""
