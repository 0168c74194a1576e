"""Alert rules in somebody's tests: the fixture `alert_rules`, without pytest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from harness.errors import Unavailable, UsageError
from harness.rules.lint.proof import available, prove
from harness.rules.lint.run import Linted, lint


class OwnRules(msgspec.Struct, frozen=True, kw_only=True):
    """A rule file, and how often its metrics are scraped and its rules evaluated."""

    file: Path
    scrape_s: float
    evaluation_s: float


class AlertRules:
    """`alert_rules("rules/*.yaml").errors` are those of these files, `alert_rules.lint().errors` of the profile's.

    Nothing is an error that promtool has not shown, so without promtool there would be no error in any rules: then
    both raise Unavailable, and a test is skipped.
    """

    def __init__(self, root: Path, own: Callable[[], OwnRules]) -> None:
        self._root = root
        self._own = own

    def __call__(self, *patterns: str, scrape_interval_s: float = 60.0, evaluation_interval_s: float = 60.0) -> Linted:
        """The rules of all files that match, patterns as of `Path.glob`, from the project's root.

        Raises:
            UsageError: a pattern matches no file.
            Unavailable: there is no promtool.
        """
        files: list[Path] = []
        for pattern in patterns:
            found = sorted(self._root.glob(pattern))
            if not found:
                raise UsageError(f"no file in {self._root} matches {pattern!r}", todo="name rule files from there")
            files += found
        if not files:
            raise UsageError("no rule files were named", todo='alert_rules("rules/*.yaml")')
        return _proven(files, scrape_interval_s, evaluation_interval_s)

    def lint(self) -> Linted:
        """The rules of the target's profile, as in production.

        Raises:
            UsageError: the profile cannot be read.
            Unavailable: there is no promtool.
        """
        own = self._own()
        return _proven([own.file], own.scrape_s, own.evaluation_s)


def _proven(files: list[Path], scrape_s: float, evaluation_s: float) -> Linted:
    if not available():
        raise Unavailable("no promtool can be had, so nothing about alert rules can be proven")
    names = [str(file) for file in files]
    linted = lint(names, scrape_interval_s=scrape_s, evaluation_interval_s=evaluation_s, prove=prove)
    if not linted.proven:
        raise Unavailable("promtool could not be asked, so nothing about alert rules was proven")
    return linted
