"""A page after a table was added to, as if it had stood there when the page was imported."""

import sys
from importlib import import_module


def import_anew(monkeypatch, package):
    """Until the test ends, the modules of a page's folder are made again from the tables as they are now."""
    import_module(package)
    parent, _, name = package.rpartition(".")
    monkeypatch.setattr(sys.modules[parent], name, sys.modules[package])  # so that it is put back
    for module in [module for module in sys.modules if f"{module}.".startswith(f"{package}.")]:
        monkeypatch.delitem(sys.modules, module)
