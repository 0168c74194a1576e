"""A connection to one cluster through one kubeconfig, and the check that the cluster is this project's."""

from __future__ import annotations

from pathlib import Path

import urllib3
import yaml
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException
from kubernetes.config.kube_config import new_client_from_config

from harness.errors import NotOurs, TargetError

OURS = "kind-chaos-harness"
STAMP_NAMESPACE, STAMP_NAME = "kube-system", "chaos-harness"
IDENTITY = "chaos-harness"
"""Who the harness is in the audit log."""
_TIMEOUT_S = 5


def connect(kubeconfig: Path, *, finished: bool = True) -> client.ApiClient:
    """A client for the cluster of `kubeconfig`, once it has proven to be ours.

    Ours is: the context that `make up` writes, an API server on this machine, and the stamp in the cluster. To read
    evidence from a cluster that was never `finished`, the stamp is not asked for.

    Raises:
        NotOurs: one of the three is missing. Nothing was asked to change.
        TargetError: there is no such file, or the API server does not answer.
    """
    if not kubeconfig.exists():
        raise TargetError(f"there is no cluster: {kubeconfig} does not exist", todo="make up")
    try:
        config = yaml.safe_load(kubeconfig.read_text())
        context = config["current-context"]
        server = next(c["cluster"]["server"] for c in config["clusters"] if c["name"] == context)
        api = new_client_from_config(config_file=str(kubeconfig))
    except (ConfigException, yaml.YAMLError, KeyError, TypeError, StopIteration) as error:
        raise TargetError(f"{kubeconfig} is no usable kubeconfig: {error!r}", todo="make up") from error
    if context != OURS or not server.startswith("https://127.0.0.1:"):
        raise NotOurs(
            f"{kubeconfig} points at {context} ({server}), not at this project's cluster {OURS}",
            todo="delete that file and run make up; to point at another cluster, see README, 'Other pipelines'",
        )
    # The audit log tells the harness's writes from those of a person with the same kubeconfig.
    api.set_default_header("Impersonate-User", IDENTITY)
    api.set_default_header("Impersonate-Group", "system:masters")
    if not finished:
        return api
    try:
        client.CoreV1Api(api).read_namespaced_config_map(STAMP_NAME, STAMP_NAMESPACE, _request_timeout=_TIMEOUT_S)
    except ApiException as error:
        if error.status == 404:
            raise NotOurs(
                f"cluster {context} carries no stamp ({STAMP_NAMESPACE}/{STAMP_NAME}): it is half-made or not ours",
                todo="make up",
            ) from error
        raise TargetError(f"the API server answered {error.status} {error.reason}", todo="make status") from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise TargetError(f"the API server at {server} does not answer: {error}", todo="make up") from error
    return api
