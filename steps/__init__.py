"""The sentences of the features. A pytest plugin: every module here but the bindings is a vocabulary."""

import pkgutil

pytest_plugins = [
    f"{__name__}.{module.name}" for module in pkgutil.iter_modules(__path__) if not module.name.startswith("test_")
]
