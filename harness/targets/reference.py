"""The adapter for clusters/reference: RabbitMQ, Kubernetes jobs, S3, IAM, Flux, Prometheus, Alertmanager."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from harness.aws.emulator import refuse_elsewhere, refuse_other_than_emulator
from harness.clients.clock import http_clock
from harness.clients.git import GitRepository
from harness.clients.prometheus import Prometheus
from harness.clients.proxy import FaultProxy
from harness.clients.registry import Registry
from harness.cluster.audit import api_writes
from harness.cluster.clock import api_time
from harness.cluster.connection import connect as connect_cluster
from harness.cluster.connection import connect_inside, connect_opted_in
from harness.cluster.dump import dump
from harness.cluster.jobs import JobWatch
from harness.cluster.leases import ClusterLeases
from harness.cluster.longrunning import LongRunning
from harness.cluster.pressure import NodePressure
from harness.cluster.snapshot import snapshot as cluster_snapshot
from harness.cluster.stamp import alert_factor, cluster_uid, secret
from harness.cluster.workloads import Workloads
from harness.diagnosis.evidence import Ending, Evidence
from harness.errors import TargetError
from harness.facts.alert_history import AlertHistory
from harness.facts.rule_inputs import RuleInputs
from harness.facts.timeline import Timeline
from harness.judging.residue import digest
from harness.observers.alerts import AlertObserver, read_alerts
from harness.observers.builds import BuildObserver
from harness.observers.clocks import ClockObserver
from harness.observers.failed_logs import FailedLogObserver
from harness.observers.hits import HitObserver
from harness.observers.notifications import NotificationObserver
from harness.observers.rule_inputs import read_rule_inputs
from harness.observers.samples import SampleObserver
from harness.parser_archive import parser_problem
from harness.probe import Observation, Probe
from harness.rules.alert_expression import comparison_in
from harness.rules.scale import scale
from harness.rules.timing import AlertTiming, alert_names, alert_timing
from harness.target import ApiWrite, LoadedRules, Observer, Stored
from harness.targets.profile import Profile, read_profile

if TYPE_CHECKING:
    from harness.aws.account import Account
    from harness.clients.broker import Broker

_SOURCE = "urn:chaos-harness"


def connect(profile: Path, root: Path, *, inside: bool = False) -> ReferenceTarget:
    """The target of `profile`, seen from `inside` its cluster or from here; nothing is asked of it yet."""
    read = read_profile(profile, inside=inside)
    return ReferenceTarget(read, profile.parent, root / ".state" / "kubeconfig", inside=inside)


@dataclass(frozen=True)
class _Parsers:
    """Parsers in the bucket. See harness.target.ParserStore."""

    account: Account
    profile: Profile

    def put(self, parser_id: str, archive: bytes) -> Stored:
        return self.account.put_object(self.profile.aws.bucket, self._key(parser_id), archive)

    def get(self, parser_id: str) -> bytes:
        return self.account.get_object(self.profile.aws.bucket, self._key(parser_id))

    def exists(self, parser_id: str) -> bool:
        return self.account.object_exists(self.profile.aws.bucket, self._key(parser_id))

    def delete(self, parser_id: str) -> str:
        return self.account.delete_object(self.profile.aws.bucket, self._key(parser_id))

    def restore(self, parser_id: str) -> None:
        self.account.undelete_object(self.profile.aws.bucket, self._key(parser_id))

    def version(self, parser_id: str) -> str:
        return self.account.object_version(self.profile.aws.bucket, self._key(parser_id))

    def revert(self, parser_id: str, version: str) -> None:
        self.account.revert_object(self.profile.aws.bucket, self._key(parser_id), version)

    def _key(self, parser_id: str) -> str:
        return self.profile.aws.parser_key(parser_id)


@dataclass(frozen=True)
class _Desired:
    """The role annotation in the git repository. See harness.target.DesiredState."""

    repository: GitRepository
    profile: Profile

    def builder_role(self) -> str:
        document = yaml.safe_load(self.repository.read(self.profile.gitops.service_account_file))
        return str(document["metadata"]["annotations"][self.profile.builds.role_annotation])

    def set_builder_role(self, role_arn: str, message: str) -> str:
        line = re.compile(rf"({re.escape(self.profile.builds.role_annotation)}:\s*)(\S+)")

        def edit(text: str) -> str:
            # Only the value: what else is in the file, comments too, is not ours to write anew.
            return line.sub(lambda found: found[1] + role_arn, text, count=1)

        return self.repository.change(self.profile.gitops.service_account_file, edit, message)


class ReferenceTarget:
    """See harness.target.Target. Connections are made when first used."""

    def __init__(self, profile: Profile, folder: Path, kubeconfig: Path, *, inside: bool) -> None:
        self._profile = profile
        self._folder = folder
        self._kubeconfig = kubeconfig
        self._inside = inside
        self.builder_role_arn = profile.aws.role_arn(profile.aws.role)
        self.other_role_arn = profile.aws.role_arn(profile.aws.other_role)
        self.parser_policy = profile.aws.role_policy
        self.repository = profile.aws.repository
        self.parser_room = profile.builds.parser_room_mib << 20
        self.retry_policy = profile.builds.retry

    @cached_property
    def incarnation(self) -> str:
        return cluster_uid(self._api)

    def guard(self) -> None:
        refuse_other_than_emulator(self._profile.aws.endpoint, inside=self._inside)
        # A fault that was left may be in the way of this one: it is not asked to prove itself.
        refuse_elsewhere(self._profile.aws.endpoint_as_seen, inside=self._inside)
        _ = self._api

    @cached_property
    def identity(self) -> Account:
        from harness.aws.account import Account, Keys  # noqa: PLC0415 - botocore takes a while; not all need it

        aws = self._profile.aws
        found = secret(self._api, aws.credentials_secret.namespace, aws.credentials_secret.name)
        keys = Keys(_decoded(found["access_key_id"]), _decoded(found["secret_access_key"]))
        return Account(aws.endpoint, aws.region, keys)

    @cached_property
    def parsers(self) -> _Parsers:
        return _Parsers(self.identity, self._profile)

    @cached_property
    def desired(self) -> _Desired:
        return _Desired(self._repository, self._profile)

    @cached_property
    def proxy(self) -> FaultProxy:
        return FaultProxy(self._profile.fault_proxy)

    @cached_property
    def leases(self) -> ClusterLeases:
        return ClusterLeases(self._api, self._profile.lease_namespace)

    @cached_property
    def workloads(self) -> LongRunning:
        return LongRunning(self._api, self._profile.workloads)

    @cached_property
    def node(self) -> NodePressure:
        return NodePressure(self._api, self._profile.lease_namespace, self._profile.instrument)

    def observers(self, timeline: Timeline) -> Sequence[Observer]:
        builds, monitoring = self._profile.builds, self._profile.monitoring
        logs = FailedLogObserver(
            timeline,
            read_log=lambda job: self._workloads.log(job, builds.containers.build),
            container=builds.containers.build,
        )
        return [
            ClockObserver(
                timeline,
                {
                    "prometheus": Prometheus(monitoring.prometheus).time,
                    "receiver": http_clock(f"{monitoring.receiver}/notifications"),
                    "fault-proxy": http_clock(f"{self._profile.fault_proxy}/rules"),
                    "kubernetes": lambda: api_time(self._api),
                },
            ),
            AlertObserver(timeline, monitoring.prometheus),
            SampleObserver(timeline, monitoring.prometheus, monitoring.samples),
            NotificationObserver(timeline, monitoring.receiver),
            HitObserver(timeline, self._profile.fault_proxy),
            # Stopped the other way round: what the last builds asked for is read.
            logs,
            BuildObserver(
                timeline,
                changes=JobWatch(
                    self._api, builds.namespace, builds.job_selector, builds.annotations.published_at
                ).changes,
                read_log=logs.ask,
                correlation_label=builds.labels.correlation_id,
                parser_label=builds.labels.parser,
                attempt_label=builds.labels.attempt,
                outcome_annotation=builds.annotations.outcome,
                failure_annotation=builds.annotations.failure,
            ),
        ]

    def steady_state(self) -> Sequence[Probe]:
        return [
            Probe("the API server answers", self._api_answers, stop=True),
            Probe("the builder is ready", self._builder_ready),
            Probe("the queues are drained and consumed", self._queues_drained),
            Probe("every metrics target is scraped", self._targets_scraped),
            Probe("no alert is pending or firing", self._alerts_quiet, promised=True),
            Probe("the watchdog is ready", self._watchdog_ready),
        ]

    def trigger_build(self, parser_id: str, correlation_id: str) -> None:
        from cloudevents.core.v1.event import CloudEvent  # noqa: PLC0415 - as for the broker

        event = CloudEvent(
            attributes={
                "id": correlation_id,
                "source": _SOURCE,
                "type": self._profile.messaging.event_types.start,
                "specversion": "1.0",
                "datacontenttype": "application/json",
                "time": datetime.now(UTC),
            },
            data={"parser_id": parser_id, "correlation_id": correlation_id},
        )
        self._broker.publish(self._profile.messaging.build_queue, event)

    def parser_access(self, parser_id: str) -> Observation:
        builds, aws = self._profile.builds, self._profile.aws
        role = self._workloads.annotations(builds.service_account).get(builds.role_annotation, "")
        if not role:
            return Observation(value="no role", accepted=False, detail=f"{builds.service_account} names no role")
        token = self._workloads.token(builds.service_account, aws.token_audience)
        return self.identity.read_as(role, token, aws.bucket, aws.parser_key(parser_id), endpoint=aws.endpoint_as_seen)

    def registry_access(self) -> Observation:
        return self._registry_as_seen.ping()

    def queue_access(self) -> Observation:
        return self._broker.ping()

    def images(self) -> list[str]:
        return self._registry.tags(self.repository)

    def api_writes(self, since: float) -> list[ApiWrite]:
        return api_writes(self._api, since)

    def may_write(self) -> list[str]:
        return self._profile.may_write

    def evidence(self, parser_id: str, job: str) -> Evidence:
        builds, aws = self._profile.builds, self._profile.aws
        role = self._workloads.annotations(builds.service_account).get(builds.role_annotation, "")
        there = self.parsers.exists(parser_id)
        return Evidence(
            log_lines=self._workloads.log(job, builds.containers.build) if job else (),
            ending=self._workloads.ending(job, builds.containers.build) if job else Ending(),
            events=self._workloads.events(job) if job else (),
            annotated_role=role,
            runbook_role=self.builder_role_arn,
            policy=self.identity.role_policy(aws.role, aws.role_policy),
            policy_name=aws.role_policy,
            parser_exists=there,
            parser_location=f"s3://{aws.bucket}/{aws.parser_key(parser_id)}",
            parser_problem=parser_problem(self.parsers.get(parser_id), self.parser_room) if there else "",
            others_refused=self._refusal_to_others(parser_id),
            registry_problem="" if (registry := self.registry_access()).accepted else registry.detail,
        )

    def _refusal_to_others(self, parser_id: str) -> str:
        """What somebody with every right is told who reads the parser where builds read it; "" when not refused."""
        aws = self._profile.aws
        seen = self.identity.read(aws.bucket, aws.parser_key(parser_id), endpoint=aws.endpoint_as_seen)
        return "" if seen.accepted or seen.value == "missing" else seen.detail

    def loaded_rules(self) -> LoadedRules:
        timings = _timings(self._alerting())
        return LoadedRules(
            text=self._prometheus.rule_file(),
            scrape_s=max(timing.scrape_s for timing in timings),
            evaluation_s=max(timing.evaluation_s for timing in timings),
            prometheus=self._prometheus.url,
        )

    def alert_timing(self, alert: str) -> AlertTiming:
        return alert_timing(alert, **self._alerting())

    def alert_timings(self) -> Sequence[AlertTiming]:
        return _timings(self._alerting())

    def alert_history(self, seconds: float) -> AlertHistory:
        timings = _timings(self._alerting())
        return read_alerts(
            self._prometheus,
            seconds,
            scrape_s=max(timing.scrape_s for timing in timings),
            evaluation_s=max(timing.evaluation_s for timing in timings),
        )

    def rule_inputs(self, seconds: float) -> RuleInputs:
        texts = self._alerting()
        return read_rule_inputs(
            self._prometheus,
            seconds,
            rules=texts["rules"],
            timings=_timings(texts),
            factor=alert_factor(self._api),
        )

    def alert_value(self, alert: str) -> tuple[float | None, float | None]:
        rule = next((rule for rule in self._prometheus.alert_rules() if rule.name == alert), None)
        if rule is None:
            return None, None
        found = comparison_in(rule.query)
        return self._prometheus.value(found.compared if found else rule.query), found.limit if found else None

    def restore_parser_policy(self) -> str:
        role = self._profile.aws.role
        self.identity.put_role_policy(role, self.parser_policy, self._text(self._profile.aws.policy_file))
        return f"policy {self.parser_policy} put on {role}"

    def delete_failed_jobs(self) -> list[str]:
        jobs = self._workloads.failed_jobs(self._profile.builds.job_selector)
        self._workloads.delete_jobs(jobs)
        return jobs

    def tidy(self) -> list[str]:
        if self._profile.cluster is not None:
            return []
        return self.delete_failed_jobs() + self._workloads.delete_complete_jobs(self._profile.builds.job_selector)

    def snapshot(self) -> dict[str, str]:
        aws = self._profile.aws
        found = cluster_snapshot(self._api, self._profile.evidence_namespaces)
        found |= self.identity.snapshot([aws.role, aws.other_role], aws.bucket)
        found["git/tree"] = self._repository.tree()
        for rule in self._prometheus.alert_rules():
            found[f"rule/{rule.name}"] = digest([rule.query, rule.for_s, rule.labels])
        for put in self.proxy.rules():
            found[f"proxy/{put.id}"] = digest(put.rule)
        return found

    def may_remain(self) -> list[str]:
        return []

    def collect_evidence(self, folder: Path, since: float) -> None:
        dump(self._api, self._profile.evidence_namespaces, folder, since=since)

    @cached_property
    def _api(self) -> Any:
        if self._inside:
            return connect_inside()
        owned = self._profile.cluster
        if owned is None:
            return connect_cluster(self._kubeconfig)
        return connect_opted_in(
            self._folder / Path(owned.kubeconfig).expanduser(),
            owned.context,
            profile=self._profile.name,
            namespaces=self._profile.fault_namespaces,
        )

    @cached_property
    def _repository(self) -> GitRepository:
        return GitRepository(self._profile.gitops.url, author_name="SRE on call", author_email="sre@notifi.network")

    @cached_property
    def _registry(self) -> Registry:
        return Registry(self._profile.aws.registry_url)

    @cached_property
    def _registry_as_seen(self) -> Registry:
        return Registry(self._profile.aws.registry_as_seen)

    @cached_property
    def _workloads(self) -> Workloads:
        return Workloads(self._api, self._profile.builds.namespace)

    @cached_property
    def _prometheus(self) -> Prometheus:
        return Prometheus(self._profile.monitoring.prometheus)

    @cached_property
    def _broker(self) -> Broker:
        from harness.clients.broker import Broker  # noqa: PLC0415 - not on the way to the first injection

        return Broker(self._profile.messaging.url, self._profile.messaging.metrics_url)

    def _alerting(self) -> dict[str, str]:
        """The rules and the two configurations as they are deployed: production's, their durations divided."""
        factor = alert_factor(self._api)
        alerting = self._profile.monitoring
        return {
            "rules": scale(self._text(alerting.rules), "rules", factor),
            "prometheus": scale(self._text(alerting.prometheus_config), "prometheus", factor),
            "alertmanager": scale(self._text(alerting.alertmanager_config), "alertmanager", factor),
        }

    def _text(self, relative: str) -> str:
        return (self._folder / relative).read_text()

    def _api_answers(self) -> Observation:
        return Observation(value=cluster_uid(self._api), accepted=True, detail="it answers")

    def _builder_ready(self) -> Observation:
        ready, wanted = self._workloads.ready_replicas(self._profile.builds.deployment)
        return Observation(value=ready, accepted=ready == wanted > 0, detail=f"{ready} of {wanted} replicas are ready")

    def _watchdog_ready(self) -> Observation:
        namespace, name = self._profile.lease_namespace, self._profile.watchdog
        try:
            ready, wanted = Workloads(self._api, namespace).ready_replicas(name)
        except TargetError as error:
            return Observation(value=None, accepted=False, detail=f"{error.what}: nobody would heal after a dead run")
        detail = f"{ready} of {wanted} replicas of {namespace}/{name} are ready"
        return Observation(value=ready, accepted=ready == wanted > 0, detail=detail)

    def _queues_drained(self) -> Observation:
        try:
            queues = self._broker.queues()
        except TargetError as error:
            return Observation(value=None, accepted=False, detail=str(error))
        wrong = []
        for name, consumers in self._profile.messaging.consumers.items():
            state = queues.get(name)
            if state is None:
                wrong.append(f"{name} is not there")
            elif state.messages or state.consumers < consumers:
                wrong.append(f"{name} has {state.messages} messages, {state.consumers} consumers")
        counts = {name: state.messages for name, state in queues.items()}
        return Observation(value=counts, accepted=not wrong, detail="; ".join(wrong) or "drained and consumed")

    def _targets_scraped(self) -> Observation:
        down = self._prometheus.targets_down()
        return Observation(value=len(down), accepted=not down, detail="; ".join(down) or "all up")

    def _alerts_quiet(self) -> Observation:
        active = [f"{rule.name} {a.state}" for rule in self._prometheus.alert_rules() for a in rule.active]
        return Observation(value=active, accepted=not active, detail=", ".join(active) or "quiet")


def _decoded(value: str) -> str:
    return base64.b64decode(value).decode()


def _timings(texts: dict[str, str]) -> list[AlertTiming]:
    return [alert_timing(alert, **texts) for alert in alert_names(texts["rules"])]
