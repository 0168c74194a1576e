"""Go templates in labels and annotations, looked at without Go: braces, quotes and blocks that do not balance."""

from __future__ import annotations

import re

# What templates got after the oldest engine that may be asked.
_NEWER = re.compile(r'function "(?:now|toDuration|urlQueryEscape)" not defined')
_ACTION = re.compile(
    r"\{\{(?:-\s)?\s*(?P<comment>/\*.*?\*/)?"
    r"(?P<body>(?:\"(?:\\.|[^\"\\])*\"|`[^`]*`|'(?:\\.|[^'\\])*'|(?!\}\}).)*?)\}\}",
    re.DOTALL,
)
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|`[^`]*`")


def only_newer(why: str) -> bool:
    """Whether this is what an older engine says of a template that a newer one reads."""
    return _NEWER.search(why) is not None


def mistake(text: str) -> str:
    """Why this template does not parse, as far as can be told without Go; "" when nothing is wrong with it."""
    opened: list[str] = []
    position = 0
    # Behind the last }} nothing can close, and would be searched again and again.
    for action in _ACTION.finditer(text, 0, text.rfind("}}") + 2 if "}}" in text else 0):
        if "{{" in text[position : action.start()]:
            return "{{ is never closed"
        position = action.end()
        if action["comment"]:
            continue
        body = _QUOTED.sub('""', action["body"]).strip("- \t\n")
        word = body.split(None, 1)[0] if body else ""
        if not body:
            return "{{ }} is empty"
        if body.count("(") != body.count(")"):
            return f"a parenthesis in {action[0]} does not balance"
        if word in ("if", "range", "with", "define", "block"):
            opened.append(word)
        elif word == "end":
            if not opened:
                return "{{ end }} ends nothing"
            opened.pop()
    if "{{" in text[position:]:
        return "{{ is never closed"
    return f"{{{{ {opened[-1]} }}}} has no {{{{ end }}}}" if opened else ""
