"""Paths from before the districts go on working: `gmm_core.verdict` is `gmm_core.judgement.verdict`.

The module found is the same object under both names, so that nothing exists twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType

DISTRICTS = ("engine", "judgement", "laboratory", "tables", "out")
RENAMED = {
    "lab": "laboratory.exercise",
    "table_columns": "tables.columns",
    "table_common": "tables.reading",
    "table_files": "tables.files",
    "table_numbers": "tables.numbers",
    "table_text": "tables.text",
}


class _SameModule(Loader):
    def __init__(self, path: str) -> None:
        self.path = path

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(self.path)
        self._own_spec = module.__spec__  # the import system is about to replace it
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._own_spec


class OldPaths(MetaPathFinder):
    """Asked last, for modules that Python did not find."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, name = fullname.rpartition(".")
        if package != "gmm_core" or name in DISTRICTS:
            return None
        for place in [RENAMED[name]] if name in RENAMED else [f"{district}.{name}" for district in DISTRICTS]:
            district, _, module = place.partition(".")
            # Looked for, not imported: that would need what a name that never existed does not.
            if PathFinder.find_spec(module, [str(Path(__file__).parent / district)]):
                return spec_from_loader(fullname, _SameModule(f"gmm_core.{place}"))
        return None
