"""What is written in more than one place of clusters/reference says the same in all of them."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from builder import classify, jobs, settings

from tests.unit.reference.conftest import REFERENCE

PROFILE: dict[str, Any] = yaml.safe_load((REFERENCE / "profile.yaml").read_text())
ACCOUNT: dict[str, Any] = yaml.safe_load((REFERENCE / "aws" / "account.yaml").read_text())
RULES: dict[str, Any] = yaml.safe_load((REFERENCE / "rules" / "sre-001.yaml").read_text())
ALERTMANAGER: dict[str, Any] = yaml.safe_load((REFERENCE / "rules" / "alertmanager.yaml").read_text())
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"] if "alert" in rule]


def manifests() -> list[dict[str, Any]]:
    files = [*sorted((REFERENCE / "manifests").glob("*.yaml")), *sorted((REFERENCE / "gitops").glob("*.yaml"))]
    return [document for file in files for document in yaml.safe_load_all(file.read_text()) if document]


def instruments() -> list[dict[str, Any]]:
    """What the harness puts beside the pipeline."""
    found = sorted((REFERENCE.parent / "instruments").glob("*.yaml"))
    return [document for path in found for document in yaml.safe_load_all(path.read_text()) if document]


def workloads() -> Iterator[dict[str, Any]]:
    return (document for document in manifests() if document["kind"] in ("Deployment", "StatefulSet"))


def environment(file: str) -> dict[str, str]:
    lines = (REFERENCE / "gitops" / file).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def definitions() -> dict[str, Any]:
    config = next(d for d in manifests() if d["kind"] == "ConfigMap" and d["metadata"]["name"] == "rabbitmq-config")
    found: dict[str, Any] = json.loads(config["data"]["definitions.json"])
    return found


@pytest.mark.parametrize("workload", list(workloads()), ids=lambda workload: workload["metadata"]["name"])
def test_every_workload_follows_the_house_rules(workload: dict[str, Any]) -> None:
    pod = workload["spec"]["template"]["spec"]
    assert pod["enableServiceLinks"] is False
    assert pod.get("serviceAccountName") or pod["automountServiceAccountToken"] is False
    for container in pod["containers"]:
        assert container["imagePullPolicy"] == "IfNotPresent"
        assert container["readinessProbe"]["periodSeconds"] == 1
        assert container["resources"]["limits"]["memory"]
        assert re.fullmatch(r"\$\{image:[a-z-]+\}", container["image"])


def probes() -> Iterator[Any]:
    for document in [*manifests(), *instruments()]:
        containers = document.get("spec", {}).get("template", {}).get("spec", {}).get("containers", [])
        for container, kind in itertools.product(containers, ("readinessProbe", "livenessProbe", "startupProbe")):
            if kind in container:
                yield pytest.param(document, container[kind], id=f"{document['metadata']['name']}-{kind}")


@pytest.mark.parametrize(("workload", "probe"), list(probes()))
def test_a_slow_machine_makes_nothing_unready(workload: dict[str, Any], probe: dict[str, Any]) -> None:
    assert probe["timeoutSeconds"] == 5
    # What git holds has no namespace of its own: the builder's readiness says what it lacks, and no traffic needs it.
    if "namespace" in workload["metadata"]:
        assert probe["failureThreshold"] == 6


def test_the_builder_starts_with_the_settings_in_git() -> None:
    secret = {"AMQP_URL": "amqp://test"}
    loaded = settings.load({**environment("builder.env"), **secret})
    settings.load_results({**environment("results.env"), **secret})

    assert loaded.job.region == PROFILE["aws"]["region"] == ACCOUNT["region"]
    assert loaded.job.bucket == PROFILE["aws"]["bucket"] == ACCOUNT["bucket"]
    assert loaded.job.repository == PROFILE["aws"]["repository"] == ACCOUNT["repository"]
    assert loaded.job.registry == PROFILE["aws"]["registry"]
    assert loaded.job.service_account == PROFILE["builds"]["service_account"]
    promised = PROFILE["builds"]["retry"]
    assert promised == {
        "max_attempts": loaded.retry.max_attempts,
        "base_s": loaded.retry.base_seconds,
        "max_s": loaded.retry.max_seconds,
    }
    assert loaded.job.parser_room_mib == PROFILE["builds"]["parser_room_mib"]
    assert (loaded.job.timeout_seconds, loaded.job.ttl_seconds, loaded.retry.max_attempts) == (300, 86400, 3)
    assert loaded.job.kaniko_memory_limit == "1Gi"


@pytest.mark.parametrize("name", ["NAMESPACE", "KANIKO_IMAGE", "AMQP_URL"])
def test_a_missing_setting_is_named(name: str) -> None:
    complete = {**environment("builder.env"), "AMQP_URL": "amqp://test"}
    del complete[name]

    with pytest.raises(settings.SettingsError, match=name):
        settings.load(complete)


@pytest.mark.parametrize("value", ["many", "-1", "1.5"])
def test_a_setting_of_the_wrong_kind_is_named(value: str) -> None:
    complete = {**environment("builder.env"), "AMQP_URL": "amqp://test", "RETRY_MAX_ATTEMPTS": value}

    with pytest.raises(settings.SettingsError, match="RETRY_MAX_ATTEMPTS"):
        settings.load(complete)


def test_the_profile_names_what_the_builder_writes() -> None:
    labels, notes = PROFILE["builds"]["labels"], PROFILE["builds"]["annotations"]

    assert PROFILE["builds"]["job_selector"] == jobs.SELECTOR
    assert PROFILE["builds"]["role_annotation"] == jobs.ROLE_ANNOTATION
    assert PROFILE["builds"]["containers"]["build"] == jobs.BUILD_CONTAINER
    assert (labels["parser"], labels["attempt"], labels["event"]) == (
        jobs.LABEL_PARSER,
        jobs.LABEL_ATTEMPT,
        jobs.LABEL_EVENT,
    )
    assert labels["correlation_id"] == jobs.LABEL_CORRELATION == jobs.NOTE_CORRELATION
    assert (notes["outcome"], notes["failure"], notes["image"]) == (
        jobs.NOTE_OUTCOME,
        jobs.NOTE_FAILURE,
        jobs.NOTE_IMAGE,
    )


def test_every_queue_has_a_bound_dead_letter_queue() -> None:
    broker = definitions()
    names = {queue["name"] for queue in broker["queues"]}
    bound = {(binding["routing_key"], binding["destination"]) for binding in broker["bindings"]}

    for queue in PROFILE["messaging"]["consumers"]:
        assert {queue, f"{queue}-dlq"} <= names
        assert (queue, f"{queue}-dlq") in bound
    assert [e["name"] for e in broker["exchanges"]] == [PROFILE["messaging"]["dead_letter_exchange"]]


def test_consumers_are_as_many_as_the_profile_expects() -> None:
    loaded = settings.load({**environment("builder.env"), "AMQP_URL": "amqp://test"})
    expected = PROFILE["messaging"]["consumers"]

    assert expected[loaded.broker.build_queue] == expected[loaded.broker.service_queue] == loaded.broker.consumers
    assert expected[loaded.broker.result_queue] == 1


def test_the_deployed_service_account_names_the_role_of_the_account() -> None:
    account = next(d for d in manifests() if d["kind"] == "ServiceAccount" and d["metadata"].get("annotations"))

    arn = account["metadata"]["annotations"][jobs.ROLE_ANNOTATION]
    assert arn == f"arn:aws:iam::{PROFILE['aws']['account']}:role/{PROFILE['aws']['role']}"
    assert {PROFILE["aws"]["role"], PROFILE["aws"]["other_role"]} == set(ACCOUNT["roles"])


def test_only_the_production_role_reads_parsers() -> None:
    readers = {name for name, role in ACCOUNT["roles"].items() if PROFILE["aws"]["role_policy"] in role["policies"]}
    policy = json.loads((REFERENCE / PROFILE["aws"]["policy_file"]).read_text())

    assert readers == {PROFILE["aws"]["role"]}
    # Without s3:ListBucket a missing parser is a refusal, as the runbook has it.
    assert [statement["Action"] for statement in policy["Statement"]] == [["s3:GetObject"]]


def test_published_ports_are_those_of_the_profile() -> None:
    published = {
        port["nodePort"] for document in [*manifests(), *instruments()] if document["kind"] == "Service"
        for port in document["spec"]["ports"] if "nodePort" in port
    }  # fmt: skip
    named = {int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", (REFERENCE / "profile.yaml").read_text())}

    assert named == published


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_says_what_whom_and_what_to_do(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert alert["labels"]["team"]
    assert {"summary", "description", "runbook_url"} <= alert["annotations"].keys()


def test_the_table_of_the_specification_is_in_the_rules() -> None:
    severities = {alert["alert"]: alert["labels"]["severity"] for alert in ALERTS}

    assert severities == {
        "BuildFailureRateHigh": "critical",
        "BuildFailureRateElevated": "warning",
        "BuildSlow": "warning",
        "FailedJobsAccumulating": "warning",
        "KanikoOOMKilled": "critical",
    }
    high = next(alert for alert in ALERTS if alert["alert"] == "BuildFailureRateHigh")
    assert "for" not in high
    assert high["expr"].endswith("> 0.10")


def test_critical_reaches_pagerduty_and_slack_and_a_warning_slack_alone() -> None:
    receivers = {receiver["name"]: receiver for receiver in ALERTMANAGER["receivers"]}
    (critical,) = ALERTMANAGER["route"]["routes"]

    assert critical["matchers"] == ['severity="critical"']
    assert {"pagerduty_configs", "slack_configs"} < receivers[critical["receiver"]].keys()
    assert receivers[ALERTMANAGER["route"]["receiver"]].keys() == {"name", "slack_configs"}
    for receiver in ALERTMANAGER["receivers"]:
        for kind in ("pagerduty_configs", "slack_configs"):
            assert all(config["send_resolved"] for config in receiver.get(kind, []))


def test_the_success_rate_and_the_alert_speak_of_counters_that_exist() -> None:
    text = (REFERENCE / "rules" / "sre-001.yaml").read_text()

    assert {"builds_total", "build_failures_total"} <= set(re.findall(r"\bbuilds?_\w+", text))
    assert {rule["record"] for rule in RULES["groups"][0]["rules"]} >= {"build_success_rate", "queue_depth"}
    assert len(classify.Category) == 9


def test_the_profile_names_workloads_that_there_are() -> None:
    # What git holds has its namespace from the kustomization.
    there = {(w["kind"], w["metadata"].get("namespace", "knative-lambda"), w["metadata"]["name"]) for w in workloads()}
    for workload in PROFILE["workloads"].values():
        assert (workload["kind"], workload["namespace"], workload["name"]) in there
