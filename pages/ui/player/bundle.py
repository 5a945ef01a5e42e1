"""Many modules in one script: one request for a page, and a file to take away needs no other beside it.

Each module becomes a function, whose exports the others read by its name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w.-]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def bundle(files: Mapping[str, str], *entries: str) -> str:
    """ES modules as plain script: `modules[entry]` then holds what the entry exports.

    Raises `ValueError` for imports in a circle, and for a form of import or export that no module here has.
    """
    done: dict[str, str] = {}
    under_way: list[str] = []

    def add(name: str) -> None:
        if name in under_way:
            raise ValueError(f"These modules import each other: {' -> '.join([*under_way, name])}.")
        if name in done:
            return
        under_way.append(name)
        for _, other in _IMPORT.findall(files[name]):
            add(other)
        under_way.pop()
        done[name] = _as_function(name, files[name])

    for entry in entries:
        add(entry)
    return "\n".join(["const modules = {};", *done.values()])


def _as_function(name: str, code: str) -> str:
    def fetch(found: re.Match[str]) -> str:
        names, other = found[1].replace(" as ", ": "), found[2]
        return f'const {{{names}}} = modules["{other}"];'

    exported = ", ".join(_EXPORT.findall(code))
    code = _EXPORT.sub("", _IMPORT.sub(fetch, code))
    if other := _OTHER.search(code):
        raise ValueError(f"{name}: one script of all modules cannot hold the line {other[0]!r}.")
    return f'modules["{name}"] = (() => {{\n{code}\nreturn {{ {exported} }};\n}})();'
