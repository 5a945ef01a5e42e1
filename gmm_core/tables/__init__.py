"""A user's table to a clean matrix; what was decided on the way is said."""

from importlib.util import find_spec

if missing := [name for name in ("pandas", "pyarrow") if find_spec(name) is None]:
    raise ImportError(
        f"gmm_core reads tables with pandas and pyarrow; {' and '.join(missing)} cannot be found. "
        "Install what is missing with pip install 'gmm-core[tables]'."
    )

from gmm_core.tables.files import READERS
from gmm_core.tables.reading import LIMITS, Choices, Decided, Limits, TableError
from gmm_core.tables.table import Missing, Table, read_table, read_text

__all__ = [
    "LIMITS",
    "READERS",
    "Choices",
    "Decided",
    "Limits",
    "Missing",
    "Table",
    "TableError",
    "read_table",
    "read_text",
]
