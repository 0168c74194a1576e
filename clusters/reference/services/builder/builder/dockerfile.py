"""The Dockerfile a parser is built with."""

from __future__ import annotations


def render(base_image: str) -> str:
    """A Dockerfile that compiles the parser, so that a broken one fails its build and not its first call."""
    return "\n".join(
        (
            f"FROM {base_image}",
            "WORKDIR /app",
            "COPY . /app/",
            "RUN python3 -m py_compile parser.py",
            'CMD ["python3", "parser.py"]',
            "",
        )
    )
