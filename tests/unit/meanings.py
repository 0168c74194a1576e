"""What a sentence of Gherkin and an activity of an experiment mean: the calls they make into harness.sentences."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest
from pytest_bdd.parser import Step

import harness.sentences
from chaos import session
from harness.judging.claims import Finding
from harness.judging.verdict import Verdict
from steps.lint import vocabulary

Call = tuple[str, dict[str, Any]]
"""A sentence's function, as "module.function", and its arguments without the story."""

_FOUND = Finding(verdict=Verdict.PASS, reason="not played")


class Recorder:
    """Takes the place of every function of harness.sentences, and keeps the calls."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._calls: list[Call] = []
        for module in _modules():
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if function.__module__ == module.__name__ and not name.startswith("_"):
                    monkeypatch.setattr(module, name, self._recording(module, name, function))
        told = SimpleNamespace(story=SimpleNamespace(), acting=False, error=None)
        monkeypatch.setattr(session, "_current", [cast(session.Session, told)])

    def of_step(self, step: Step) -> list[Call]:
        """The calls of the step definition that matches."""
        (definition,) = [
            d for d in vocabulary() if d.type in (None, step.type) and d.parser.is_matching(step.name)
            and d.step_func.__module__.startswith("steps.")
        ]  # fmt: skip
        arguments = dict(definition.parser.parse_arguments(step.name) or {})
        if step.datatable is not None:
            arguments["datatable"] = step.datatable.raw()
        return self._taken(lambda: definition.step_func(story=SimpleNamespace(), **arguments))

    def of_activity(self, activity: dict[str, Any]) -> list[Call]:
        """The calls of the function that the activity names."""
        provider = activity["provider"]
        function = getattr(importlib.import_module(provider["module"]), provider["func"])
        return self._taken(lambda: function(**provider.get("arguments", {})))

    def _taken(self, act: Callable[[], object]) -> list[Call]:
        self._calls = []
        act()
        return self._calls

    def _recording(self, module: ModuleType, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(function)

        def record(*args: Any, **kwargs: Any) -> Any:
            given = dict(signature.bind(*args, **kwargs).arguments)
            given.pop("story")
            self._calls.append((f"{module.__name__.rsplit('.', 1)[-1]}.{name}", given))
            return {"Finding": _FOUND, "list[Finding]": [_FOUND]}.get(str(signature.return_annotation))

        return record


def _modules() -> list[ModuleType]:
    return [
        importlib.import_module(f"{harness.sentences.__name__}.{module.name}")
        for module in pkgutil.iter_modules(harness.sentences.__path__)
    ]
