"""Secrets planted wherever a run records something are in none of the files it leaves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from harness.facts.masking import mask
from harness.facts.timeline import read
from harness.judging.claims import Claim
from harness.judging.judge import judge
from harness.report import files
from harness.running.run import Run
from harness.running.scenario import Scenario
from harness.running.session import _copy_masked

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
SECRETS = {
    "AWS key id": ("using AKIAIOSFODNN7PLANTED now", "AKIAIOSFODNN7PLANTED"),
    "AWS secret in an environment": ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPx", "wJalrXUtnFEMI/K7MDENG/bPx"),
    "AWS secret in XML": ("<SecretAccessKey>xJalrXUtnFEMI/K7MDENG</SecretAccessKey>", "xJalrXUtnFEMI/K7MDENG"),
    "service account token": (f"token: {TOKEN}", TOKEN),
    "password in an AMQP URL": ("amqp://builder:hare:hunter2@rabbitmq:5672/%2f", "hunter2"),
    "bearer": ("Authorization: Bearer 0123456789abcdefPLANTED", "0123456789abcdefPLANTED"),
    "registry basic auth": ("Authorization: Basic QVdTOnBsYW50ZWQtc2VjcmV0", "QVdTOnBsYW50ZWQtc2VjcmV0"),
    "docker config": ('{"auths": {"ecr": {"auth": "QVdTOmRvY2tlci1wbGFudGVk"}}}', "QVdTOmRvY2tlci1wbGFudGVk"),
    "JSON in a log line": (r'level=info body="{\"password\":\"hunter3\"}"', "hunter3"),
}
WHERE = list(SECRETS)


def leaks(folder: Path) -> list[str]:
    """Where in the folder's files, or their names, which secret is to be read."""
    found = []
    for path in folder.rglob("*"):
        text = path.read_text(errors="replace") if path.is_file() else ""
        found += [f"{path.name}: {name}" for name, (_, secret) in SECRETS.items() if secret in text + path.name]
    return found


@pytest.mark.parametrize("name", WHERE)
def test_none_is_in_any_file_of_a_run(name: str, new_run: Callable[[str], Run]) -> None:
    line, _ = SECRETS[name]
    with new_run("run") as played:
        with Scenario(played, f"scenario {line}", "a.feature") as scene:
            scene.record("step", line, keyword="Given")
            scene.record("job", line, event="started", job=line, parser=line, attempt="1")
            scene.record("log", "build", job="job", container="kaniko", line=f"error: {line}")
            scene.record("diagnosis", "build", cause=line, evidence=[line, {line: line}])
            scene.record("act", line, event="begun", who=line)
            scene.record("hit", "rule", outcome=line, status=429, operation=line)
            claim = Claim(
                id=f"{line}#1",
                scenario=scene.name,
                text=line,
                checker="log-says",
                since=0.0,
                params={"correlation_id": "build", "container": "kaniko", "pattern": line},
                allowance=line,
            )
            scene.record("claim", claim.id, **{field: getattr(claim, field) for field in claim.__struct_fields__})
            scene.record("claim-closed", claim.id)
        scene.ended("error", f"TargetError: {line}")
    folder = played.timeline.path.parent
    report = judge(read(played.timeline.path), "run")
    assert files.write(report, folder, {}) == []
    assert len(report.scenarios) == 1
    assert "***" in (folder / "report.html").read_text()
    assert leaks(folder) == []


def test_none_is_in_dumped_objects(tmp_path: Path) -> None:
    container = {
        "env": [{"name": "RABBITMQ_PASSWORD", "value": "hunter2"}],
        "args": [line for line, _ in SECRETS.values()],
    }
    settings = {"password": "hunter3", "apiKey": "0123456789abcdefPLANTED", "session_token": TOKEN}
    (tmp_path / "objects.yaml").write_text(yaml.safe_dump(mask({"containers": [container], "data": settings})))
    assert leaks(tmp_path) == []


def test_none_is_in_logs_of_the_set_up(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("\n".join(line for line, _ in SECRETS.values()))
    target.mkdir()
    _copy_masked(str(source), str(target / "apt.log"))
    assert leaks(target) == []
    assert len((target / "apt.log").read_text().splitlines()) == len(SECRETS)
