"""`python -m builder.context FILE`: the build-context-manager, first container of every build Job.

It writes the Dockerfile for kaniko and prints it, so that an operator finds it in the Job's log.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from builder import dockerfile


def main(arguments: list[str]) -> int:
    """Writes the Dockerfile to the path given. Returns the exit status."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m builder.context FILE\n")
        return 2
    content = dockerfile.render(os.environ["BASE_IMAGE"])
    Path(arguments[0]).write_text(content, encoding="utf-8")
    sys.stdout.write(f"Parser {os.environ['PARSER_ID']}, correlation_id {os.environ['CORRELATION_ID']}\n")
    sys.stdout.write(f"Generated Dockerfile:\n{content}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
