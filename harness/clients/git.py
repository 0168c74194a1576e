"""A git repository over HTTP, changed as an engineer does: clone, edit, commit, push."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from harness.errors import TargetError

_TIMEOUT_S = 15.0


class GitRepository:
    """The branch `main` of the repository at `url`, with `author` ("Name <mail>") as who commits."""

    def __init__(self, url: str, *, author_name: str, author_email: str) -> None:
        self._url = url
        self._author = ("-c", f"user.name={author_name}", "-c", f"user.email={author_email}")

    def head(self) -> str:
        """The commit that main points at. Raises TargetError."""
        answer = _git("ls-remote", self._url, "refs/heads/main")
        if not answer:
            raise TargetError(f"{self._url} has no branch main", todo="make up")
        return answer.split()[0]

    def tree(self) -> str:
        """Digest of all files at main, whatever commits led there. Raises TargetError."""
        with tempfile.TemporaryDirectory() as folder:
            self._clone(folder)
            return _git("-C", folder, "rev-parse", "HEAD^{tree}")

    def read(self, path: str) -> str:
        """A file's text at main. Raises TargetError."""
        with tempfile.TemporaryDirectory() as folder:
            self._clone(folder)
            return (Path(folder) / path).read_text()

    def change(self, path: str, edit: Callable[[str], str], message: str) -> str:
        """Edit one file, commit and push; answers with the commit, "" when the edit changed nothing.

        Raises:
            TargetError: git refused, or somebody else pushed in between.
        """
        with tempfile.TemporaryDirectory() as folder:
            self._clone(folder)
            file = Path(folder) / path
            before = file.read_text()
            after = edit(before)
            if after == before:
                return ""
            file.write_text(after)
            _git("-C", folder, *self._author, "commit", "--quiet", "--message", message, "--", path)
            _git("-C", folder, "push", "--quiet", "origin", "HEAD:main")
            return _git("-C", folder, "rev-parse", "HEAD")

    def _clone(self, folder: str) -> None:
        _git("clone", "--quiet", "--depth", "1", "--branch", "main", self._url, folder)


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.CalledProcessError as error:
        raise TargetError(f"git {arguments[0]} failed: {error.stderr.strip()[-300:]}") from error
    except subprocess.TimeoutExpired as error:
        raise TargetError(f"git {arguments[0]} took more than {_TIMEOUT_S:g} s") from error
    return done.stdout.strip()
