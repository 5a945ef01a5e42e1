"""What is chosen on Explore alone: which part stands below the picture. Pure: no Streamlit."""

from __future__ import annotations

from pages.ui.address.field import Field

NUMBERS, GROUPS = "Numbers", "Known groups"
PARTS = (NUMBERS, "Formulas", "Selected point", "Rows", "Take away", "scikit-learn", GROUPS)

FIELDS: dict[str, Field] = {
    "readout": Field(
        "tab", "the part below the picture", NUMBERS, PARTS, rare=True, view=True, place=True, title="Look at"
    ),
}
