"""`python -m builder`: the build service."""

from __future__ import annotations

import sys

from builder import logs, process, service, settings


def main() -> int:
    """Returns the exit status."""
    try:
        loaded = settings.load()
    except settings.SettingsError as error:
        sys.stderr.write(f"builder: {error}\n")
        return 2
    logs.configure(loaded.log_level)
    return process.run(service.run(loaded))


if __name__ == "__main__":
    sys.exit(main())
