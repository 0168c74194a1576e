"""A connection to one cluster, and the check that the cluster is this project's or that its owner lets us in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException
from kubernetes.config.incluster_config import load_incluster_config
from kubernetes.config.kube_config import new_client_from_config

from harness.cluster.answering import answering
from harness.cluster.plain import read
from harness.documents import document
from harness.errors import NotOurs, TargetError

OURS = "kind-chaos-harness"
STAMP_NAMESPACE, STAMP_NAME = "kube-system", "chaos-harness"
STAMP_PATH = f"/api/v1/namespaces/{STAMP_NAMESPACE}/configmaps/{STAMP_NAME}"
IDENTITY = "chaos-harness"
"""Who the harness is in the audit log."""
OPT_IN = "chaos-harness/opt-in"
"""Label of a namespace whose owner lets a profile break what is in it; its value is the profile's name."""
_TIMEOUT_S = 5
_NOT_FOUND = 404


def connect(kubeconfig: Path, *, finished: bool = True) -> client.ApiClient:
    """A client for the cluster of `kubeconfig`, once it has proven to be ours.

    Ours is: the context that `make up` writes, an API server on this machine, and the stamp in the cluster. To read
    evidence from a cluster that was never `finished`, the stamp is not asked for.

    Raises:
        NotOurs: one of the three is missing. Nothing was asked to change.
        TargetError: there is no such file, or the API server does not answer.
    """
    context, server, api = _read(kubeconfig, todo="make up")
    if context != OURS or not server.startswith("https://127.0.0.1:"):
        raise NotOurs(
            f"{kubeconfig} points at {context} ({server}), not at this project's cluster {OURS}",
            todo="delete that file and run make up; for another cluster its profile opts in, see docs/targets.md",
        )
    # The audit log tells the harness's writes from those of a person with the same kubeconfig.
    api.set_default_header("Impersonate-User", IDENTITY)
    api.set_default_header("Impersonate-Group", "system:masters")
    if not finished:
        return api
    with answering(f"the stamp of the cluster at {server}"):
        try:
            read(api, STAMP_PATH)
        except ApiException as error:
            if error.status == _NOT_FOUND:
                raise NotOurs(
                    f"cluster {context} carries no stamp ({STAMP_NAMESPACE}/{STAMP_NAME}): it is half-made or not ours",
                    todo="make up",
                ) from error
            raise
    return api


def connect_opted_in(kubeconfig: Path, context: str, *, profile: str, namespaces: Sequence[str]) -> client.ApiClient:
    """A client for somebody else's cluster, once its owner has let `profile` into each of `namespaces` by label.

    It acts as the user of the kubeconfig, who is in the audit log then.

    Raises:
        NotOurs: the current context is not `context`, or a namespace is not there or lacks the label. Nothing was asked
            to change; with the wrong context nothing was asked at all.
        TargetError: there is no such file, or the API server does not answer.
    """
    current, server, api = _read(kubeconfig, todo="correct the profile's cluster section")
    if current != context:
        raise NotOurs(
            f"the current context of {kubeconfig} is {current} ({server}), the profile {profile} is for {context}",
            todo=f"kubectl --kubeconfig {kubeconfig} config use-context {context}",
        )
    core = client.CoreV1Api(api)
    wrong = {name: lack for name in namespaces if (lack := _lack(core, name, profile))}
    if wrong:
        raise NotOurs(
            f"cluster {context} does not let the profile {profile} in: " + "; ".join(wrong.values()),
            todo="its owner opts in with: "
            f"kubectl --context {context} label --overwrite namespace {' '.join(wrong)} {OPT_IN}={profile}",
        )
    return api


def connect_inside() -> client.ApiClient:
    """A client for the cluster that this process runs in, as its pod's service account.

    Nothing is asked of the cluster: whoever deployed the pod there has let it in. Raises TargetError outside of any.
    """
    configuration = client.Configuration()
    try:
        load_incluster_config(client_configuration=configuration)
    except ConfigException as error:
        raise TargetError(f"this process is not inside a cluster: {error}") from error
    return client.ApiClient(configuration)


def _read(kubeconfig: Path, *, todo: str) -> tuple[str, str, client.ApiClient]:
    """Current context, its API server, and a client for it, which has asked nothing yet."""
    if not kubeconfig.exists():
        raise TargetError(f"there is no cluster: {kubeconfig} does not exist", todo=todo)
    try:
        config = document(kubeconfig.read_text())
        context = str(config["current-context"])
        cluster = next(c["context"]["cluster"] for c in config["contexts"] if c["name"] == context)
        server = str(next(c["cluster"]["server"] for c in config["clusters"] if c["name"] == cluster))
        api = new_client_from_config(config_file=str(kubeconfig), context=context)
    except (ConfigException, yaml.YAMLError, KeyError, TypeError, StopIteration) as error:
        raise TargetError(f"{kubeconfig} is no usable kubeconfig: {error!r}", todo=todo) from error
    return context, server, api


def _lack(core: client.CoreV1Api, namespace: str, profile: str) -> str:
    """What keeps the profile out of the namespace; "" when nothing does."""
    with answering(f"namespace {namespace}"):
        try:
            labels = core.read_namespace(namespace, _request_timeout=_TIMEOUT_S).metadata.labels or {}
        except ApiException as error:
            if error.status == _NOT_FOUND:
                return f"there is no namespace {namespace}"
            raise
    found = labels.get(OPT_IN)
    if found is None:
        return f"namespace {namespace} lacks the label {OPT_IN}={profile}"
    return "" if found == profile else f"namespace {namespace} carries {OPT_IN}={found}"
