"""HTML from templates: what is put into them is escaped, unless it is markup already. No Streamlit."""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

_environment = Environment(
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def template(source: str) -> Callable[..., Markup]:
    """A function of the values that a text in Jinja's language names; a name without a value is an error."""
    compiled = _environment.from_string(source)
    return lambda **values: Markup(compiled.render(**values))
