"""What promtool says is read as it was meant, also when it dies, hangs or is not there."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from harness.rules.lint import proof as engine
from harness.rules.lint.model import Context, Expected, Proof, Rule, Sample, Severity, Suspicion
from harness.rules.lint.proof import available, prove, values_over_time
from harness.rules.promtool import Trial, run
from tests.unit.rules.checking import rule

_needs_promtool = pytest.mark.skipif(not available(), reason="no promtool on PATH, and none can be had from Debian")

_FINE = 'echo "Unit Testing:  $file"; echo "  SUCCESS"'

_RISING = Proof(
    story="a queue that grows",
    interval_s=60.0,
    samples=(Sample('queue_depth{job="a"}', "0+10x60"),),
    at_s=(0.0, 600.0, 1200.0),
    expected=Expected.FIRES,
)


@_needs_promtool
def test_a_rule_that_does_as_a_sound_one_is_not_confirmed_and_one_that_does_not_is() -> None:
    assert _prove(rule("queue_depth > 100"), _RISING) is False
    assert _prove(rule("queue_depth > 100000"), _RISING) is True


@_needs_promtool
def test_quiet_means_at_every_instant() -> None:
    quiet = msgspec.structs.replace(_RISING, expected=Expected.STAYS_QUIET)

    assert _prove(rule("queue_depth > 100"), quiet) is True
    assert _prove(rule("queue_depth > 100000"), quiet) is False


@_needs_promtool
def test_for_and_keep_firing_for_are_kept_to() -> None:
    burst = msgspec.structs.replace(
        _RISING, samples=(Sample("queue_depth", "0x4 500x3 0x60"),), at_s=(420.0, 1200.0), expected=Expected.FIRES
    )

    assert _prove(rule("queue_depth > 100"), burst) is False
    assert _prove(rule("queue_depth > 100", for_s=600.0), burst) is True
    late = msgspec.structs.replace(burst, at_s=(1200.0,))
    assert _prove(rule("queue_depth > 100"), late) is True
    kept = msgspec.structs.replace(rule("queue_depth > 100"), keep_firing_for_s=3600.0)
    assert _prove(kept, late) is False


@_needs_promtool
def test_recording_rules_are_brought_along_in_their_order_unless_their_series_are_given() -> None:
    base = rule("queue_depth * 2", record="queue:doubled")
    next_one = rule("queue:doubled * 10", record="queue:large")
    alert = rule("queue:large > 2000")

    assert _prove(alert, _RISING, alert, next_one, base) is False
    assert _prove(alert, _RISING, alert) is True
    given = msgspec.structs.replace(_RISING, samples=(Sample("queue:large", "1x60"),))
    assert _prove(alert, given, alert, next_one, base) is True


@_needs_promtool
def test_series_on_which_not_even_the_mended_rule_does_right_prove_nothing() -> None:
    dead = rule("queue_depth > 100000")
    assert _prove(dead, msgspec.structs.replace(_RISING, mended=rule("queue_depth > 100"))) is True
    assert _prove(dead, msgspec.structs.replace(_RISING, mended=rule("queue_depth > 200000"))) is False


@_needs_promtool
def test_a_matching_that_the_engine_gives_up_on_is_confirmed_when_the_mended_rule_fires() -> None:
    two = tuple(
        Sample(f'{name}{{job="a",instance="{instance}"}}', "9x30") for name in ("x", "y") for instance in ("a", "b")
    )
    proof = msgspec.structs.replace(_RISING, samples=two, mended=rule("x / on (job, instance) y > 0"))

    assert _prove(rule("x / on (job) y > 0"), proof) is True
    unfair = msgspec.structs.replace(proof, mended=rule("x / on (job, instance) y > 5"))
    assert _prove(rule("x / on (job) y > 0"), unfair) is False


@_needs_promtool
def test_what_promtool_cannot_load_is_neither_confirmed_nor_denied_and_spoils_nothing_else() -> None:
    broken = msgspec.structs.replace(rule("queue_depth > 1"), expr="queue_depth >")
    both = [_suspicion(broken, _RISING), _suspicion(rule("queue_depth > 100000"), _RISING)]

    assert prove(both, Context(rules=())) == [None, True]


@_needs_promtool
def test_too_long_a_proof_is_not_run() -> None:
    assert _prove(rule("queue_depth > 1"), msgspec.structs.replace(_RISING, at_s=(86400.0 * 30,))) is None


@_needs_promtool
def test_values_over_time_are_the_largest_at_each_instant() -> None:
    proof = msgspec.structs.replace(
        _RISING, samples=(*_RISING.samples, Sample("queue_depth", "_x10 300x60")), at_s=(0.0, 600.0, 90000.0)
    )
    of = rule("queue_depth > 100")

    (values,) = values_over_time([("queue_depth", of, proof)], Context(rules=(of,), evaluation_interval_s=60.0))

    assert values == ((0.0, 0.0), (600.0, 300.0), (90000.0, None))


def test_without_promtool_nothing_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "promtool", lambda: None)

    assert _prove(rule("queue_depth > 1"), _RISING) is None
    assert values_over_time([("queue_depth", rule("queue_depth > 1"), _RISING)], Context(rules=())) == [()]


def test_the_one_trial_that_kills_the_program_is_found_and_the_others_are_answered(tmp_path: Path) -> None:
    deadly = _script(
        tmp_path, 'if grep -q deadly "$file"; then exit 2; fi; echo "Unit Testing:  $file"; echo "  SUCCESS"'
    )
    trials = [Trial("", "deadly" if number == 5 else "fine") for number in range(9)]

    assert run(deadly, trials) == ["SUCCESS" if number != 5 else None for number in range(9)]


def test_the_one_trial_that_hangs_is_given_up(tmp_path: Path) -> None:
    hanging = _script(tmp_path, f'if grep -q hangs "$file"; then exec sleep 60; fi; {_FINE}')

    assert run(hanging, [Trial("", "fine"), Trial("", "hangs"), Trial("", "fine")], limit_s=2.0) == [
        "SUCCESS",
        None,
        "SUCCESS",
    ]


def _script(folder: Path, body: str) -> Path:
    path = folder / "promtool"
    path.write_text(f'#!/bin/sh\nshift 2\nfor file in "$@"; do {body}; done\n')
    path.chmod(0o755)
    return path


def _prove(of: Rule, proof: Proof, *known: Rule) -> bool | None:
    (answer,) = prove([_suspicion(of, proof)], Context(rules=known or (of,)))
    return answer


def _suspicion(of: Rule, proof: Proof) -> Suspicion:
    return Suspicion(check="proof", rule=of, message="", severity=Severity.HINT, proof=proof)
