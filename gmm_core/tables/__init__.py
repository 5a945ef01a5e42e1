"""A user's table to a clean matrix; what was decided on the way is said."""

from gmm_core.tables.files import READERS
from gmm_core.tables.reading import LIMITS, Limits, TableError
from gmm_core.tables.table import Missing, Table, read_table, read_text

__all__ = ["LIMITS", "READERS", "Limits", "Missing", "Table", "TableError", "read_table", "read_text"]
