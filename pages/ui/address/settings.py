"""What the user chose, as one frozen value; to and from the query of a link. Pure: no Streamlit.

One table, `FIELDS`, says for every setting what it is called in a link, what it may be and what it is
when nobody chose: the controls, the link and the messages all read it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache, partial
from hashlib import sha256
from typing import Any

from gmm_core import dataset_names
from gmm_core.engine.covariance import FAMILIES, MODELS, names_like
from gmm_core.formula import EXAMPLE, MOST_CHARACTERS
from gmm_core.tables.reading import ANYTHING, BELOW_LIMIT, DECIMALS, ENCODINGS, HEADER, SEPARATORS
from gmm_core.words import as_code
from pages.ui.address import by_hand, differences, edits, told
from pages.ui.address.choices import (
    DATA_LABELS,
    MISSING_LABELS,
    PAINTED,
    SCALING_LABELS,
    START_LABELS,
    USUAL_START,
)
from pages.ui.address.differences import KMEANS, ORIGINAL
from pages.ui.address.field import Field
from pages.ui.address.kinds import BEYOND, COMPONENT_LABELS, GAUSSIAN
from pages.ui.address.openings import OWN_START, opening

MOST_COMPONENTS = 12
CANVAS = 10.0  # of an empty one, how far it reaches to each side of its middle
DATA_NAMES = ("blobs", "own", PAINTED, *dataset_names())
DIGEST = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}")  # of what was brought; the token of what is shared
FORMULA = re.compile(f".{{1,{MOST_CHARACTERS}}}")
FORMULA_IS = f"is a line of at most {MOST_CHARACTERS} characters, such as {EXAMPLE}"
NUMBERS = re.compile(r"[1-9]\d{0,3}(?:,[1-9]\d{0,3}){0,19}")
COLUMN = re.compile(r"none|rows|[1-9]\d{0,3}")
COLUMN_IS = "is a number such as 2, or none"
AXES_ARE = "is a principal component or a feature, such as pc1 or f3"
AXES = re.compile(r"(pc|f)[1-9]\d{0,3}")


@dataclass(frozen=True)
class Covariances(Field):
    """A covariance family or one of mclust's models, or what of `also` a page has for several of them."""

    also: tuple[str, ...] = ()

    def parse(self, text: str) -> tuple[Any, str]:
        known = text in (*self.also, *FAMILIES, *MODELS)
        return text, "" if known else f"is one of {', '.join((*self.also, *names_like(text)))}"


@dataclass(frozen=True)
class Beside(Field):
    """What stands beside the run; see `differences`."""

    def parse(self, text: str) -> tuple[Any, str]:
        return differences.parse(text, RUN_FIELDS)


def read(query: Mapping[str, str], known: Mapping[str, Field]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The values in a link of the fields that are `known`, and a sentence for each part without a sense."""
    query, problems = _renewed(query, known)
    values: dict[str, Any] = {}
    for name, field in known.items():
        if (found := field.read_from(query)) is not None:
            values[name], problem = found
            if problem:
                problems.append(problem)
    queries = {name for field in known.values() for name in (field.query, field.sklearn) if name} | VIEW
    for name in (name for name in query if name not in queries):
        problems.append(f"The link sets {as_code(name)}, which means nothing here; it is left out.")
    return values, tuple(problems)


# What older links say, and what each of its texts is now.
OLD_FORMS = {"kmeans": ("beside", {"yes": KMEANS, "no": ""})}
REPEATED = "weight"  # the column of counts, where each row was repeated and all were numbered


def _renewed(query: Mapping[str, str], known: Mapping[str, Field]) -> tuple[dict[str, str], list[str]]:
    """A link as it is written today, and a sentence for each old part without a sense."""
    now, problems = dict(query), []
    for old, (name, texts) in OLD_FORMS.items():
        if name not in known or old not in now:
            continue
        text = now.pop(old)
        if text in texts:
            now.setdefault(known[name].query, texts[text])
        else:
            said = as_code(f"{old}={text}")
            problems.append(f"The link says {said}, but it is {' or '.join(texts)}. It is left out.")
    if "weight" in known and REPEATED in now:
        now.setdefault(known["weight"].query, now.pop(REPEATED))
        done = now.get(known["edits"].query, "")
        if edits.EDITS.fullmatch(done) and (left := edits.without_row_numbers(done)) != done:
            now[known["edits"].query] = left
            problems.append(
                "The link is from when a row that counts several times was several rows. What it says of "
                "single rows, by their numbers, is left out: they are numbered anew."
            )
    return now, problems


def digest(content: bytes) -> str:
    """What a content is called in a link."""
    return sha256(content).hexdigest()[:16]


# Of a table of one's own.
_of_a_table = partial(Field, default="", for_own=True, rare=True)
_a_column = partial(_of_a_table, pattern=COLUMN, wanted=COLUMN_IS)

FIELDS: dict[str, Field] = {
    "data": Field(
        "data", "the data", "blobs", {name: DATA_LABELS[name] for name in DATA_NAMES}, title="Data"
    ),
    "n_samples": Field(
        "n", "the rows in each blob", 100, least=2, most=100_000, for_blobs=True, title="Rows in each"
    ),
    "centers": Field("blobs", "the number of blobs", 3, least=1, most=10, for_blobs=True, title="Blobs"),
    "cluster_std": Field(
        "std", "the spread", 2.0, least=0.01, most=100, for_blobs=True, title="Standard deviation"
    ),
    "n_features": Field("features", "the features", 2, least=1, most=10, for_blobs=True, title="Features"),
    "stretch": Field("stretch", "the stretch", True, for_blobs=True, title="Stretch them"),
    "data_seed": Field(
        "dataseed", "the seed of the data", 17, least=0, most=2**31, for_blobs=True, title="Seed of the data"
    ),
    "table": _of_a_table("table", "the table", pattern=DIGEST, wanted="is the name of an upload"),
    "columns": _of_a_table("columns", "the columns", pattern=NUMBERS, wanted="are numbers such as 1,3"),
    "label": _a_column("label", "the column of known groups"),
    "order": _a_column("order", "the order of the rows"),
    "weight": _a_column("counts", "the column that says how often each row counts"),
    "missing": Field(
        "missing", "what to do with missing values", "drop", MISSING_LABELS, for_own=True, rare=True
    ),
    # How a file is read, where that is not left to the evidence in it.
    "sheet": _of_a_table(
        "sheet", "the sheet", pattern=re.compile(".{1,200}"), wanted="is the name of one, such as Data"
    ),
    "header": _of_a_table(
        "header", "the row of names", pattern=HEADER, wanted="is a number such as 1, two such as 1-2, or none"
    ),
    "separator": _of_a_table("separator", "the separator", options=(*SEPARATORS, ANYTHING)),
    "decimal": _of_a_table("decimal", "the decimal sign", options=tuple(DECIMALS)),
    "encoding": _of_a_table("encoding", "the encoding", options=ENCODINGS),
    "below_limit": _of_a_table("below", "what stands for values below a limit", options=BELOW_LIMIT),
    "edits": Field("edit", "the edits", "", pattern=edits.EDITS, wanted=edits.EDITS_ARE, rare=True),
    # Known groups by a formula, which are only compared with.
    "groups": Field(
        "groups", "the formula of groups", "", pattern=FORMULA, wanted=FORMULA_IS, rare=True, title="Formula"
    ),
    "n_components": Field(
        "k",
        "the number of components",
        3,
        least=1,
        most=MOST_COMPONENTS,
        sklearn="n_components",
        title="Components k",
    ),
    "covariance_type": Covariances(
        "cov", "the covariance family", "full", sklearn="covariance_type", title="Covariances"
    ),
    "scaling": Field("scaling", "the scaling", "none", SCALING_LABELS, rare=True, title="Scaling before EM"),
    "reg_covar": Field(
        "reg",
        "reg_covar",
        1e-6,
        least=0,
        most=1e12,
        sklearn="reg_covar",
        title="reg_covar (squared data units)",
    ),
    "init": Field(
        "init", "the start", USUAL_START, START_LABELS, sklearn="init_params", title="Initialisation"
    ),
    "random_state": Field(
        "seed",
        "the seed of the start",
        6,
        least=0,
        most=2**31,
        sklearn="random_state",
        title="Seed of the start",
    ),
    "tol": Field("tol", "the tolerance", 1e-3, least=0, most=1e3, title="Tolerance"),
    "max_iter": Field(
        "iters",
        "the number of iterations",
        100,
        least=0,
        most=1000,
        sklearn="max_iter",
        title="Most iterations",
    ),
    "components": Field(
        "components",
        "the kind of components",
        GAUSSIAN,
        COMPONENT_LABELS,
        rare=True,
        title="Kind of components",
    ),
    "prior": Field("prior", "the prior", False, rare=True, title="A prior against collapse"),
    "held": Field("held", "what is held", "", pattern=told.HELD, wanted=told.HELD_IS, rare=True),
    "known": Field(
        "known",
        "what EM is told of groups",
        told.NOTHING,
        told.KNOWN_LABELS,
        rare=True,
        title="EM is told of",
    ),
    "means": Field(
        "means", "the means placed by hand", "", pattern=by_hand.MEANS, wanted=by_hand.MEANS_ARE, rare=True
    ),
    "parameters": Field(
        "parameters", "the saved parameters", "", pattern=DIGEST, wanted="is the name of a file", rare=True
    ),
    "forks": Field("fork", "the fork", "", pattern=by_hand.FORKS, wanted=by_hand.FORKS_ARE, rare=True),
    "shuffle": Field("shuffle", "the shuffle", 0, least=0, most=2**31, rare=True),
    "beside": Beside("beside", "what stands beside", "", rare=True, view=True, title="Beside it"),
    "contours": Field(
        "contours", "the density", False, rare=True, view=True, title="Density of the whole mixture"
    ),
    "sure": Field(
        "sure", "how sure the means are", False, rare=True, view=True, title="How sure the means are"
    ),
    "space": Field("space", "the 3-D view", False, rare=True, view=True, title="In three dimensions"),
    "across": Field(
        "x", "the axis across", "pc1", pattern=AXES, wanted=AXES_ARE, rare=True, view=True, title="Across"
    ),
    "up": Field("y", "the axis up", "pc2", pattern=AXES, wanted=AXES_ARE, rare=True, view=True, title="Up"),
}

# What makes a run of given data what it is: in these, the run that stands beside may differ.
RUN_FIELDS = {
    name: field
    for name, field in FIELDS.items()
    if name not in ("data", "edits", "groups", "shuffle")
    and not (field.for_blobs or field.for_own or field.view)
}


@dataclass(frozen=True)
class Settings:
    """Everything that makes an experiment what it is."""

    data: str = FIELDS["data"].default
    n_samples: int = FIELDS["n_samples"].default
    centers: int = FIELDS["centers"].default
    cluster_std: float = FIELDS["cluster_std"].default
    n_features: int = FIELDS["n_features"].default
    stretch: bool = FIELDS["stretch"].default
    data_seed: int = FIELDS["data_seed"].default
    table: str = FIELDS["table"].default
    columns: str = FIELDS["columns"].default
    label: str = FIELDS["label"].default
    order: str = FIELDS["order"].default
    weight: str = FIELDS["weight"].default
    missing: str = FIELDS["missing"].default
    sheet: str = FIELDS["sheet"].default
    header: str = FIELDS["header"].default
    separator: str = FIELDS["separator"].default
    decimal: str = FIELDS["decimal"].default
    encoding: str = FIELDS["encoding"].default
    below_limit: str = FIELDS["below_limit"].default
    edits: str = FIELDS["edits"].default
    groups: str = FIELDS["groups"].default
    n_components: int = FIELDS["n_components"].default
    covariance_type: str = FIELDS["covariance_type"].default
    scaling: str = FIELDS["scaling"].default
    reg_covar: float = FIELDS["reg_covar"].default
    init: str = FIELDS["init"].default
    random_state: int = FIELDS["random_state"].default
    tol: float = FIELDS["tol"].default
    max_iter: int = FIELDS["max_iter"].default
    components: str = FIELDS["components"].default
    prior: bool = FIELDS["prior"].default
    held: str = FIELDS["held"].default
    known: str = FIELDS["known"].default
    means: str = FIELDS["means"].default
    parameters: str = FIELDS["parameters"].default
    forks: str = FIELDS["forks"].default
    shuffle: int = FIELDS["shuffle"].default
    beside: str = FIELDS["beside"].default
    contours: bool = FIELDS["contours"].default
    sure: bool = FIELDS["sure"].default
    space: bool = FIELDS["space"].default
    across: str = FIELDS["across"].default
    up: str = FIELDS["up"].default

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> tuple[Settings, tuple[str, ...]]:
        """The settings in a link, and a sentence for each part of it that made no sense."""
        values, problems = read(query, FIELDS)
        return cls.of_link(values), problems

    @classmethod
    def of_link(cls, values: Mapping[str, Any]) -> Settings:
        """The settings of a link that says these values.

        What it leaves open is as the data open; but a link that says how to start is of any age, and means
        what it always meant.
        """
        return cls(**values) if "init" in values else cls.opened(**values)

    @classmethod
    def opened(cls, data: str = FIELDS["data"].default, **values: Any) -> Settings:
        """What these data open with, apart from the values that are given."""
        return cls(data=data, **{**opening(data), **values})

    @property
    def own(self) -> dict[str, Any]:
        """The k, the family and the start that these data open with."""
        as_opened = Settings.opened(self.data)
        return {name: getattr(as_opened, name) for name in OWN_START}

    @classmethod
    def with_data(cls, data: str) -> dict[str, Any]:
        """What is set with the data when these are chosen: what they open with, and nothing of groups."""
        return cls.opened(data).own | {"known": told.NOTHING}

    @property
    def is_told(self) -> bool:
        """Whether EM is told more than rows: parameters that it leaves alone, or groups."""
        return bool(self.held) or self.known != told.NOTHING

    def to_query(self) -> dict[str, str]:
        """The settings for a link: all that matter here, so that a later default changes nothing."""
        return {
            field.query: field.write(getattr(self, name))
            for name, field in FIELDS.items()
            if (self.data == "blobs" or not field.for_blobs)
            and not (field.rare and getattr(self, name) == field.default)
        }

    @property
    def fitted(self) -> Settings:
        """The settings that make the run what it is; the view is as nobody chose it."""
        return _fitted(self)

    def changed(self, **values: Any) -> Settings:
        """With other values; without edits that were of other data, means that are no start any more,
        forks that were of another run, and the original of no fork. The order of the rows is no other run.
        """
        if values.get("data", self.data) != self.data:
            values = Settings.with_data(values["data"]) | values
        now = replace(self, **values)
        if now.source != self.source and "edits" not in values:
            same_columns = replace(now, missing=self.missing).source == self.source
            now = replace(now, edits=edits.without_row_numbers(self.edits) if same_columns else "")
        model = now.n_components, now.covariance_type
        if model != (self.n_components, self.covariance_type):
            now = replace(now, held=told.of_model(now.held, *model, self.n_components))
        if now.init != "given":
            now = replace(now, means="")
        same = {"shuffle": self.shuffle, "groups": self.groups}  # of these, a run takes no notice
        if "forks" not in values and replace(now, **same).fitted != self.fitted:
            now = replace(now, forks="")
        if now.beside == ORIGINAL and not now.forks:
            now = replace(now, beside="")
        return now

    @property
    def original(self) -> Settings:
        """The run that this one was forked of last; itself where it was not."""
        forks = by_hand.read_forks(self.forks)[:-1]
        return replace(self.fitted, forks=by_hand.write_forks(forks))

    @property
    def data_alone(self) -> Settings:
        """What makes the data what they are; everything else is as nobody chose it."""
        kept = {
            name: getattr(self, name) for name, field in FIELDS.items() if field.for_blobs or field.for_own
        }
        return Settings(data=self.data, edits=self.edits, groups=self.groups, shuffle=self.shuffle, **kept)

    @property
    def drawn_from(self) -> tuple[Any, ...]:
        """What makes the data what they are."""
        return *self.source, edits.of_the_data(self.edits), self.shuffle

    @property
    def source(self) -> tuple[Any, ...]:
        """What makes the data what they were before anything was done to them by hand."""
        blobs = tuple(getattr(self, name) for name, field in FIELDS.items() if field.for_blobs)
        # Not the labels: they are for comparison only.
        own = tuple(
            getattr(self, name) for name, field in FIELDS.items() if field.for_own and name != "label"
        )
        return self.data, {"blobs": blobs, "own": own}.get(self.data, ())

    @property
    def plain(self) -> Settings:
        """The same with Gaussians alone, without a prior, and told nothing but rows."""
        return replace(self, **{name: FIELDS[name].default for name in BEYOND})

    @property
    def edits_at_start(self) -> str:
        """What was done to the data that a start is made of: all but what was done by hand at last, so that
        nothing but the rows is different then. Painted points are nothing without it.
        """
        return (edits.of_the_data if self.data == PAINTED else edits.as_treated)(self.edits)

    @property
    def edited_since_start(self) -> bool:
        """Whether points were edited by hand in data that a start was made of before."""
        return edits.of_the_data(self.edits) != self.edits_at_start

    @property
    def waits_for_a_table(self) -> bool:
        """Whether the user wants data of their own, and has not given any yet."""
        return self.data == "own" and not self.table


# What a player shows of its run, besides the half-step: its curve, the selected row, and what of the axes is
# seen, from left to right and from below to above; in space, where the eye is, what it looks at, what is up.
SIGHT: dict[str, Field] = {
    "graph": Field("graph", "the curve", "", ("likelihood", "bound", "distance", "agreement")),
    "selected": Field("selected", "the selected row", 0, least=1, most=2**31),
    "zoom": Field(
        "zoom",
        "what is seen of the axes",
        "",
        pattern=re.compile(rf"{by_hand.NUMBER}(?:,{by_hand.NUMBER}){{3}}(?:(?:,{by_hand.NUMBER}){{5}})?"),
        wanted="is four numbers such as -10,5,-20,20; nine in three dimensions",
    ),
}
# What else a link may hold, besides settings: what is shown of the run, and whether the truth is, as the
# player writes them; what it hides from a class (`room.py`); Streamlit's own words.
VIEW = {"at", "truth", *SIGHT, "hide", "present", "embed", "embed_options"}

assert [f.name for f in fields(Settings)] == list(FIELDS)


@lru_cache(maxsize=1024)  # a page asks some sixty times
def _fitted(settings: Settings) -> Settings:
    now = replace(settings, **{name: field.default for name, field in FIELDS.items() if field.view})
    return replace(now, edits=edits.of_the_data(now.edits))
