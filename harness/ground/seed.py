"""Gives a fresh deployment its content: the AWS account, the base image in the registry, the GitOps repository."""

from __future__ import annotations

import base64
import hashlib
import json
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
import requests
import yaml

from harness.aws.account import Keys
from harness.aws.seed import AccountContent, seed_account
from harness.errors import GroundError, UsageError
from harness.ground.command import ANSWER_LIMIT_S, Commands
from harness.ground.containers import Containers
from harness.ground.plan import PARSER_BASE
from harness.ground.render import render
from harness.ground.workspace import NODE_CONTAINER, Workspace, workspace
from harness.parser_archive import sample_parser

_Kind = TypeVar("_Kind")

BASE_IMAGE = "base/python:3.11-slim"
SETTLE_LIMIT_S = 90
_REGISTRY_LIMIT_S = 10
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_AUTHOR = ("-c", "user.name=Platform team", "-c", "user.email=platform@notifi.network")
_KUBECTL = ("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf")


class _Secret(msgspec.Struct, frozen=True):
    namespace: str
    name: str


class _Aws(msgspec.Struct, frozen=True):
    endpoint: str
    registry_url: str
    credentials_secret: _Secret


class _GitOps(msgspec.Struct, frozen=True):
    url: str
    branch: str
    namespace: str
    git_repository: str
    kustomization: str


class _Profile(msgspec.Struct, frozen=True):
    """What of the profile is needed here."""

    aws: _Aws
    gitops: _GitOps


def seed(root: Path, images: Mapping[str, str]) -> None:
    """Bring account, registry and repository to what the work tree says; `images` maps names to tags.

    Idempotent. Returns when Flux has applied what was pushed.

    Raises:
        UsageError: a file of clusters/reference is wrong; it is named.
        CommandFailed, GroundError, NotOurs: a part does not answer, or refuses.
    """
    space = workspace(root)
    commands = Commands(space.logs)
    seeder = _Seeder(space, commands, _read(space.reference / "profile.yaml", _Profile), images)
    try:
        parts = (seeder.name_server, seeder.base_image, seeder.repository, seeder.account)
        with ThreadPoolExecutor(max_workers=len(parts)) as pool:
            for done in [pool.submit(part) for part in parts]:
                done.result()
    except BaseException:
        commands.stop()
        raise


def rendered_gitops(folder: Path, images: Mapping[str, str]) -> dict[str, str]:
    """The repository's files by name, with image tags filled in. Raises UsageError."""
    return {
        path.name: render(path.read_text(encoding="utf-8"), images=images, values={}, source=f"gitops/{path.name}")
        for path in sorted(folder.iterdir())
        if path.is_file()
    }


@dataclass(frozen=True)
class _Seeder:
    space: Workspace
    commands: Commands
    profile: _Profile
    images: Mapping[str, str]

    def name_server(self) -> None:
        """Let the cluster's DNS read its configuration now; by itself it would look again in half a minute."""
        read = self._kubectl(
            "get", "configmap/coredns", "--namespace=kube-system", "--output=jsonpath={.data.Corefile}"
        )
        annotation = {"chaos-harness/corefile": hashlib.sha256(read.encode()).hexdigest()[:12]}
        patch = {"spec": {"template": {"metadata": {"annotations": annotation}}}}
        deployment = ("deployment/coredns", "--namespace=kube-system")
        self._kubectl("patch", *deployment, f"--patch={json.dumps(patch)}")
        self._kubectl("rollout", "status", *deployment, f"--timeout={SETTLE_LIMIT_S}s")

    def account(self) -> None:
        folder = self.space.reference / "aws"
        content = _read(folder / "account.yaml", AccountContent)
        documents = {name: (folder / name).read_text(encoding="utf-8") for name in sorted(content.files)}
        known = self._administrator()
        keys = seed_account(self.profile.aws.endpoint, content, documents, sample_parser, known)
        if keys != known:
            self._remember_administrator(keys)

    def base_image(self) -> None:
        """Push the image that parsers are built from, unless the registry has it."""
        image = Containers(self.commands).inspect("image", self.images[PARSER_BASE])
        if image is None:
            raise GroundError(f"image {self.images[PARSER_BASE]} is not there", todo="make up")
        if self._pushed_config() == image["Id"]:
            return
        # The engine takes plain HTTP from a registry on this machine.
        reference = f"{self.profile.aws.registry_url.partition('//')[2]}/{BASE_IMAGE}"
        self.commands.run(["docker", "tag", self.images[PARSER_BASE], reference], log="seed", timeout_s=ANSWER_LIMIT_S)
        try:
            self.commands.run(["docker", "push", "--quiet", reference], log="seed")
        finally:
            self.commands.run(["docker", "image", "rm", reference], log="seed", timeout_s=ANSWER_LIMIT_S)

    def repository(self) -> None:
        """Commit and push the content if the branch holds anything else, and let Flux apply it."""
        gitops = self.profile.gitops
        files = rendered_gitops(self.space.reference / "gitops", self.images)
        with tempfile.TemporaryDirectory() as folder:
            self._git(folder, "init", "--quiet", "--initial-branch", gitops.branch)
            if self._git(folder, "ls-remote", gitops.url, f"refs/heads/{gitops.branch}"):
                self._git(folder, "fetch", "--quiet", "--depth", "1", gitops.url, gitops.branch)
                self._git(folder, "reset", "--quiet", "--soft", "FETCH_HEAD")
            for name, text in files.items():
                (Path(folder) / name).write_text(text, encoding="utf-8")
            self._git(folder, "add", "--all")
            if self._git(folder, "status", "--porcelain"):
                self._git(folder, *_AUTHOR, "commit", "--quiet", "--message", "Deploy the build pipeline")
                self._git(folder, "push", "--quiet", gitops.url, f"HEAD:{gitops.branch}")
            head = self._git(folder, "rev-parse", "HEAD").strip()
        self._let_flux_apply(head)

    def _let_flux_apply(self, commit: str) -> None:
        gitops = self.profile.gitops
        # Failed fetches of the repository while it was empty have put the next one off: ask for it now.
        self._kubectl(
            *("annotate", "--overwrite", "--namespace", gitops.namespace, f"gitrepository/{gitops.git_repository}"),
            f"reconcile.fluxcd.io/requestedAt={commit}",
        )
        self._kubectl(
            *("wait", "--namespace", gitops.namespace, f"kustomization/{gitops.kustomization}"),
            f"--for=jsonpath={{.status.lastAppliedRevision}}={gitops.branch}@sha1:{commit}",
            f"--timeout={SETTLE_LIMIT_S}s",
        )

    def _git(self, folder: str, *arguments: str) -> str:
        # Nobody's own configuration: hooks, signing and templates of the user have no place here.
        environment = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
        return self.commands.output(["git", "-C", folder, *arguments], log="seed", environment=environment)

    def _kubectl(self, *arguments: str, stdin: bytes | None = None) -> str:
        return Containers(self.commands).execute(
            NODE_CONTAINER, *_KUBECTL, *arguments, stdin=stdin, log="seed", timeout_s=SETTLE_LIMIT_S + 10
        )

    def _administrator(self) -> Keys | None:
        secret = self.profile.aws.credentials_secret
        text = self._kubectl(
            *("get", "secret", secret.name, "--namespace", secret.namespace, "--ignore-not-found", "--output", "json")
        )
        if not text.strip():
            return None
        data = json.loads(text)["data"]
        return Keys(*(base64.b64decode(data[key]).decode() for key in ("access_key_id", "secret_access_key")))

    def _remember_administrator(self, keys: Keys) -> None:
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": msgspec.to_builtins(self.profile.aws.credentials_secret),
            "stringData": {"access_key_id": keys.access_key, "secret_access_key": keys.secret_key},
        }
        self._kubectl("apply", "--server-side", "--filename", "-", stdin=json.dumps(secret).encode())

    def _pushed_config(self) -> str | None:
        name, _, tag = BASE_IMAGE.partition(":")
        url = f"{self.profile.aws.registry_url}/v2/{name}/manifests/{tag}"
        try:
            answer = requests.get(url, headers={"Accept": _MANIFEST}, timeout=_REGISTRY_LIMIT_S)
            if answer.status_code == requests.codes.not_found:
                return None
            answer.raise_for_status()
            digest: str = answer.json()["config"]["digest"]
        except (requests.RequestException, KeyError) as error:
            raise GroundError(f"the registry at {url} did not answer: {error}", todo="make status") from error
        return digest


def _read(path: Path, kind: type[_Kind]) -> _Kind:
    try:
        return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), kind)
    except (OSError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise UsageError(f"{path}: {error}", todo="correct the file") from error
