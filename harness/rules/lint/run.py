"""From files to findings: read, asked of every check, put before the engine, told in the order of the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from harness.rules.lint import proof
from harness.rules.lint.checks import all_checks
from harness.rules.lint.doubt import Doubt, refused
from harness.rules.lint.loading import refusals
from harness.rules.lint.model import Check, Context, Finding, Rule, Severity, Suspicion
from harness.rules.lint.overlap import one_each
from harness.rules.lint.reading import read_file
from harness.rules.lint.scraped import Scraped
from harness.rules.lint.suppression import Suppression, applied
from harness.rules.lint.templates import only_newer
from harness.rules.promtool import promtool

_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.HINT: 2}

Prove = Callable[[Sequence[Suspicion], Context], Sequence[bool | None]]
Refuse = Callable[[Sequence[str]], Sequence[str | None]]


class Linted(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it.

    Attributes:
        proven: whether the engine was asked; if not, nothing could be an error but what cannot be read.
        shown: the suspicions that the engine confirmed, by their findings' places in `findings`.
    """

    files: int
    rules: int
    findings: tuple[Finding, ...]
    proven: bool = False
    shown: Mapping[int, Suspicion] = {}
    context: Context

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that Prometheus' own engine has shown."""
        return self._of(Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Those that are very likely."""
        return self._of(Severity.WARNING)

    @property
    def hints(self) -> tuple[Finding, ...]:
        """Those that are worth a look."""
        return self._of(Severity.HINT)

    def _of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is severity)

    @property
    def exit_code(self) -> int:
        """1 when there is an error, else 0."""
        return int(bool(self.errors))


def lint(
    files: Sequence[str],
    *,
    scraped: Callable[[Sequence[Rule]], Scraped] = lambda _: Scraped(),
    scrape_interval_s: float = 60.0,
    evaluation_interval_s: float = 60.0,
    prove: Prove | None = proof.prove,
    refuse: Refuse | None = None,
    checks: Mapping[str, Check] | None = None,
) -> Linted:
    """Every file looked at.

    Args:
        files: their names; each is read once however often it is named.
        scraped: what is known of the metrics, asked with all rules.
        prove, refuse: how the engine is asked; None asks nobody. `refuse` is promtool's unless it is given or nothing
            is to be proven.
    """
    rules: list[Rule] = []
    doubts: list[Doubt] = []
    findings: list[Finding] = []
    known: list[Suppression] = []
    names = list(dict.fromkeys(files))
    for name in names:
        reading = read_file(name)
        rules += reading.rules
        doubts += reading.doubts
        findings += reading.findings
        known += reading.suppressions
    metrics = scraped(rules)
    context = Context(
        rules=tuple(rules),
        metrics=metrics.metrics,
        label_values=metrics.label_values,
        target_labels_known=metrics.target_labels_known,
        still=metrics.still,
        scrape_interval_s=scrape_interval_s,
        evaluation_interval_s=evaluation_interval_s,
    )
    findings += metrics.notices
    ask = refuse if refuse is not None else engine_refusals if prove is not None else None
    findings += settled(doubts, ask)
    suspicions, crashes = suspected(rules, context, checks if checks is not None else all_checks())
    findings += crashes
    found: list[tuple[Finding, Suspicion | None]] = [(finding, None) for finding in findings]
    proven, unproven = answered(suspicions, context, prove)
    found += [(finding, None) for finding in unproven]
    found += one_each(told(suspicions, proven))
    places = {name: place for place, name in enumerate(names)}
    origin = {id(finding): suspicion for finding, suspicion in found}
    kept = sorted(
        applied([finding for finding, _ in found], known),
        key=lambda each: (places.get(each.file, len(places)), each.line, _RANK[each.severity], each.check, each.rule),
    )
    shown = {
        number: suspicion
        for number, finding in enumerate(kept)
        if finding.severity is Severity.ERROR and (suspicion := origin.get(id(finding))) is not None
    }
    return Linted(
        files=len(names),
        rules=len(rules),
        findings=tuple(kept),
        proven=prove is not None and not unproven,
        shown=shown,
        context=context,
    )


def told_from(linted: Linted, least: str) -> Linted:
    """The same without what is less severe than `least`. Errors are never left out."""
    keep = [
        (finding, linted.shown.get(number))
        for number, finding in enumerate(linted.findings)
        if _RANK[finding.severity] <= _RANK[Severity(least)]
    ]
    return msgspec.structs.replace(
        linted,
        findings=tuple(finding for finding, _ in keep),
        shown={number: shown for number, (_, shown) in enumerate(keep) if shown is not None},
    )


def engine_refusals(texts: Sequence[str]) -> Sequence[str | None]:
    """What promtool refuses; None for each when there is no promtool."""
    program = promtool()
    return refusals(program, texts) if program is not None else [None] * len(texts)


def settled(doubts: Sequence[Doubt], refuse: Refuse | None) -> Iterator[Finding]:
    """Doubts as findings, now that Prometheus was asked; the same fault is asked about once."""
    texts = list(dict.fromkeys(doubt.text for doubt in doubts))
    said = dict(zip(texts, refuse(texts) if refuse and texts else [None] * len(texts), strict=True))
    for doubt in doubts:
        why = said[doubt.text]
        if why and not only_newer(why):
            yield refused(doubt, why)
        elif why is None and doubt.certain:
            yield doubt.finding
        elif why == "" and doubt.accepted is not None:
            yield doubt.accepted


def suspected(
    rules: Sequence[Rule], context: Context, checks: Mapping[str, Check]
) -> tuple[list[Suspicion], list[Finding]]:
    """What the checks believe is wrong, and the checks that could not cope with a rule."""
    found: list[Suspicion] = []
    crashes: list[Finding] = []
    for rule in rules:
        for name, check in checks.items():
            try:
                found += check.check(rule, context)
            except Exception as error:  # noqa: BLE001 - one check that cannot cope must not hide what the others see
                crashes.append(
                    Finding(
                        file=rule.file, rule=rule.name, line=rule.line, check=name, severity=Severity.HINT,
                        message=f"this check could not look at the rule: {type(error).__name__}: {error}",
                    )
                )  # fmt: skip
    return found, crashes


def answered(
    suspicions: Sequence[Suspicion], context: Context, prove: Prove | None
) -> tuple[Sequence[bool | None], list[Finding]]:
    """The engine's answers; when it fails altogether none, and a finding for each file of which nothing was proven."""
    nothing: list[bool | None] = [None] * len(suspicions)
    if prove is None:
        return nothing, []
    try:
        return prove(suspicions, context), []
    except Exception as error:  # noqa: BLE001 - what was found without the engine is still worth telling
        files = dict.fromkeys(each.rule.file for each in suspicions if each.proof is not None)
        return nothing, [_unproven(file, error) for file in files]


def _unproven(file: str, error: Exception) -> Finding:
    return Finding(
        file=file,
        rule="",
        line=1,
        check="proof",
        severity=Severity.HINT,
        message=f"nothing was proven, for promtool could not be asked: {type(error).__name__}: {error}",
        mend="see whether promtool runs by hand and the disk has room",
    )


def told(suspicions: Sequence[Suspicion], proven: Sequence[bool | None]) -> Iterator[tuple[Finding, Suspicion]]:
    """Suspicions as findings: an error when it was proven, what the check says of an unproven one when it was not."""
    for suspicion, confirmed in zip(suspicions, proven, strict=True):
        if suspicion.proof is None:
            severity: Severity | None = Severity.HINT if suspicion.severity is Severity.HINT else Severity.WARNING
        else:
            severity = Severity.ERROR if confirmed else suspicion.unproven
        if severity is None:
            continue
        finding = Finding(
            file=suspicion.rule.file,
            rule=suspicion.rule.name,
            line=suspicion.rule.line,
            check=suspicion.check,
            severity=severity,
            message=suspicion.message,
            mend=suspicion.mend,
            evidence=_evidence(suspicion) if confirmed else "",
        )
        yield finding, suspicion


def _evidence(suspicion: Suspicion) -> str:
    if suspicion.proof is None:
        return ""
    series = [f"{sample.series} {sample.values}" for sample in suspicion.proof.samples]
    return "\n".join([suspicion.proof.story, *series])
