"""Makes the images that are missing: compiled, installed, built or pulled, and nothing that is there already."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError
from harness.ground.command import Commands
from harness.ground.containers import Containers
from harness.ground.digest import tree_digest
from harness.ground.gobuild import GoBuilder
from harness.ground.nodeimage import AUDIT_FOLDER, BAKING, bake
from harness.ground.plan import BAKED, NODE, PARSER_BASE, Plan, make_plan, missing_images, parents_of, superseded
from harness.ground.progress import Progress
from harness.ground.rootfs import HOST_CA_BUNDLE, import_rootfs
from harness.ground.schedule import Step, run_steps
from harness.ground.sitepackages import site_packages
from harness.ground.versions import Image, Versions
from harness.ground.workspace import Workspace

KEEP_TAGS = 2
# The largest module has a compiler lane of its own, all others share one: while one waits for downloads the other
# computes. Programs of one module never run side by side, for they would compile what they share twice.
LANES: Mapping[str, int] = {"largest module": 1, "other modules": 1, "images": 2}


@dataclass(frozen=True)
class Source:
    """Where third-party images come from: our recipes, or upstream (perhaps through another registry host)."""

    pull: bool
    mirror: str = ""

    def reference(self, upstream: str) -> str:
        """The name to pull `upstream` by."""
        return f"{self.mirror}/{upstream.partition('/')[2]}" if self.mirror else upstream


def source_from(environment: Mapping[str, str]) -> Source:
    """The source that IMAGES (build, pull) and IMAGES_MIRROR ask for. Raises UsageError on another value."""
    wanted = environment.get("IMAGES", "") or "build"
    if wanted not in ("build", "pull"):
        raise UsageError(f"IMAGES={wanted!r} is neither 'build' nor 'pull'", todo="unset it, or use IMAGES=pull")
    return Source(pull=wanted == "pull", mirror=environment.get("IMAGES_MIRROR", ""))


def plan_images(workspace: Workspace, versions: Versions, source: Source) -> Plan:
    """Tags of all images, from the files of the work tree."""
    return make_plan(
        versions,
        recipe_digest=lambda name: tree_digest(workspace.recipes / name),
        tree_digest=lambda path: tree_digest(workspace.root / path),
        pull=source.pull,
    )


class ImageMaker:
    """Makes images by plan."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        versions: Versions,
        plan: Plan,
        source: Source,
        commands: Commands,
        progress: Progress,
    ) -> None:
        self._workspace = workspace
        self._versions = versions
        self._plan = plan
        self._source = source
        self._commands = commands
        self._progress = progress
        self._containers = Containers(commands)
        self._go = GoBuilder(workspace, commands)

    def missing(self, names: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """What `ensure` would have to make, parents first."""
        present = frozenset(tag for tag, _ in self._containers.images())
        wanted = names if names is not None else (*self._plan.services, PARSER_BASE, NODE)
        return missing_images(self._versions, self._plan, present, wanted)

    def ensure(self, names: tuple[str, ...] | None = None) -> None:
        """Have every image named (default: what the pipeline runs on). Raises CommandFailed, GroundError."""
        if missing := self.missing(names):
            run_steps(self._steps(missing), lanes=LANES, on_interrupt=self._commands.stop)
            self.prune()

    def prune(self) -> None:
        """Remove leftovers of builds, also of killed ones, and tags superseded by newer ones."""
        for folder in (self._workspace.cache / "context").glob("*"):
            shutil.rmtree(folder)
        current = frozenset(self._plan.tags.values())
        tags = [pair for pair in self._containers.images() if pair[0] not in current]
        self._containers.remove_images(superseded(tags, KEEP_TAGS - 1))
        self._containers.prune_unfinished(BAKING)

    def _steps(self, missing: tuple[str, ...]) -> list[Step]:
        made = [name for name in missing if name not in BAKED and not self._plan.pulled(self._versions.images[name])]
        programs = dict.fromkeys(
            (module, program) for name in made for program, module in self._versions.images[name].programs.items()
        )
        steps = [
            Step(
                name=f"compile {program}",
                lane="largest module" if module == self._versions.largest_module else "other modules",
                needs=(),
                run=lambda module=module, program=program: self._compile(module, program),  # type: ignore[misc]
            )
            for module, program in programs
            if not self._go.path(program, self._plan.programs[module, program]).exists()
        ]
        for name in missing:
            needs = [f"image {parent}" for parent in parents_of(self._versions, self._plan, name)]
            if name in made:
                needs += [f"compile {program}" for program in self._versions.images[name].programs]
            steps.append(
                Step(
                    name=f"image {name}",
                    lane="images",
                    needs=tuple(needs),
                    run=lambda name=name: self._make(name),  # type: ignore[misc]
                )
            )
        return steps

    def _compile(self, module: str, program: str) -> None:
        with self._progress.step(f"compile {program}"):
            definition = self._versions.go[module].programs[program]
            self._go.build(module, program, definition, self._plan.programs[module, program])

    def _make(self, name: str) -> None:
        tag = self._plan.tags[name]
        if name in BAKED:
            with self._progress.step(f"image {name}"):
                self._bake(name, tag)
            return
        image = self._versions.images[name]
        with self._progress.step(f"image {name}"):
            if self._plan.pulled(image):
                self._containers.pull(self._source.reference(image.upstream), tag, log=f"image-{name}")
            elif image.rootfs:
                import_rootfs(self._workspace, self._commands, self._versions.debian, tag)
            else:
                self._build(name, image, tag)

    def _bake(self, name: str, tag: str) -> None:
        tags = self._plan.tags
        if name == NODE:
            node = self._versions.node
            bake(
                self._commands,
                base=tags[node.base],
                images=[tags[part] for part in node.parts],
                names={asked: tags[image] for asked, image in self._plan.control_plane.items()},
                folders={self._workspace.clusters / "bootstrap": AUDIT_FOLDER},
                tag=tag,
            )
        else:
            services = [tags[service] for service in self._plan.services]
            bake(self._commands, base=tags[NODE], images=services, names={}, folders={}, tag=tag)

    def _build(self, name: str, image: Image, tag: str) -> None:
        contexts = self._workspace.cache / "context"
        contexts.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=contexts, prefix=f"{name}-") as folder:
            context = Path(folder)
            shutil.copytree(self._workspace.recipes / name, context, dirs_exist_ok=True)
            for program, module in image.programs.items():
                self._place_program(module, program, context / "bin" / program)
            if image.ca_bundle:
                shutil.copyfile(HOST_CA_BUNDLE, context / "ca-certificates.crt")
            if image.module_files:
                files = image.module_files
                source = self._go.module_folder(files.module, files.package) / files.path
                shutil.copytree(source, context / "module-files", copy_function=_copy_writable)
                _make_writable(context / "module-files")
            if image.service:
                service = self._workspace.root / image.service
                packages = site_packages(self._workspace, self._commands, service / "requirements.txt")
                shutil.copytree(packages, context / "site-packages", symlinks=True, copy_function=os.link)
                shutil.copytree(service, context / "context", ignore=shutil.ignore_patterns("__pycache__"))
            arguments = dict(image.args)
            arguments |= {argument: self._plan.tags[parent] for argument, parent in image.parents.items()}
            self._containers.build(context, tag, arguments, log=f"image-{name}")

    def _place_program(self, module: str, program: str, target: Path) -> None:
        key = self._plan.programs[module, program]
        target.parent.mkdir(exist_ok=True)
        os.link(self._go.path(program, key), target)


def _copy_writable(source: str, target: str) -> str:
    shutil.copyfile(source, target)
    Path(target).chmod(0o644)
    return target


def _make_writable(folder: Path) -> None:
    # The Go module cache is read-only, folders too, and copytree keeps that.
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            path.chmod(0o755)
