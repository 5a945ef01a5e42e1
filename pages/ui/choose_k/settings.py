"""What is chosen on "Choose k": the map, the test, the merging, the repeated samples. Pure: no Streamlit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gmm_core.engine.covariance import FAMILIES, MODELS
from gmm_core.judgement.criteria import CRITERIA, REFERENCE
from gmm_core.words import in_words
from pages.ui.address.field import Field
from pages.ui.address.settings import MOST_COMPONENTS, Covariances, Settings

ALL = "all"  # families
EVERY_MODEL = "models"  # mclust's
SPLITS = 5
FAMILY_LABELS = {
    ALL: f"all {in_words(len(FAMILIES))} families",
    EVERY_MODEL: f"all {in_words(len(MODELS))} models of mclust's",
    **{name: f"{name} alone" for name in (*FAMILIES, *MODELS)},
}
PARTS = {
    "curve": "The curve over k",
    "test": "Test k against k + 1",
    "merge": "Merge components",
    "often": "How often is it right?",
}
SAMPLES = {"19": "19, quick", "99": "99", "499": "499, exact"}
# What stands for whichever is best.
OF_CURVE = {ALL: "the best family of each k"}
OF_TEST = {ALL: "the one that BIC chooses"}

# Nothing here changes the experiment that Explore shows.
FIELDS: dict[str, Field] = {
    "choice_most": Field(
        "most", "the most components", 10, least=1, most=MOST_COMPONENTS, view=True, title="Most k"
    ),
    "choice_families": Covariances(
        "families",
        "the families",
        ALL,
        rare=True,
        view=True,
        also=(ALL, EVERY_MODEL),
        options=FAMILY_LABELS,
        title="Covariances",
    ),
    "choice_starts": Field(
        "starts", "the number of starts", 5, least=1, most=50, view=True, title="Starts of each"
    ),
    "choice_seed": Field(
        "startseed",
        "the seed of the starts",
        0,
        least=0,
        most=2**31,
        rare=True,
        view=True,
        title="Seed of the starts",
    ),
    "choice_by": Field(
        "by",
        "the criterion",
        REFERENCE,
        {name: one.label for name, one in CRITERIA.items()},
        rare=True,
        view=True,
        title="Criterion",
    ),
    "choice_part": Field(
        "part", "the part of the page", "curve", PARTS, rare=True, view=True, place=True, title="Part"
    ),
    "choice_curve": Covariances(
        "curve",
        "the family of the curve",
        ALL,
        rare=True,
        view=True,
        also=(ALL,),
        options=OF_CURVE,
        title="Family",
    ),
    "choice_test_k": Field(  # suggested: one less than BIC chooses
        "testk",
        "the k to test",
        0,
        least=0,
        most=MOST_COMPONENTS,
        rare=True,
        view=True,
        suggests=True,
        title="k",
    ),
    "choice_test_family": Covariances(
        "testcov",
        "the family to test",
        ALL,
        rare=True,
        view=True,
        also=(ALL,),
        options=OF_TEST,
        title="Covariances",
    ),
    "choice_samples": Field(
        "samples", "the bootstrap samples", "99", SAMPLES, rare=True, view=True, title="Samples"
    ),
    "choice_clusters": Field(  # suggested: as the entropies say
        "clusters",
        "the number of clusters",
        0,
        least=0,
        most=MOST_COMPONENTS,
        rare=True,
        view=True,
        suggests=True,
        title="Clusters",
    ),
    "choice_repeats": Field(
        "repeats",
        "the repeated samples",
        20,
        least=2,
        most=200,
        rare=True,
        view=True,
        title="Repeated samples",
    ),
    "choice_with_held_out": Field(
        "withheld", "held-out rows of them too", False, rare=True, view=True, title="Held out too"
    ),
}


@dataclass(frozen=True)
class Asked:
    """A map that is asked for: the data, and what is tried on them.

    components : of which kind, one of `kinds.OPTIONS`.
    """

    settings: Settings
    components: str
    most: int
    families: tuple[str, ...]
    starts: int
    seed: int

    @classmethod
    def of(cls, settings: Settings, chosen: Mapping[str, Any]) -> Asked:
        """The map among all that is chosen."""
        data = replace(settings.data_alone, shuffle=0)
        family = chosen["choice_families"]
        return cls(
            data,
            settings.components,
            chosen["choice_most"],
            {ALL: tuple(FAMILIES), EVERY_MODEL: tuple(MODELS)}.get(family, (family,)),
            chosen["choice_starts"],
            chosen["choice_seed"],
        )

    @property
    def ks(self) -> range:
        return range(1, self.most + 1)


@dataclass(frozen=True)
class AskedTest:
    """A bootstrap test that is asked for, of k against k + 1."""

    settings: Settings
    components: str
    k: int
    family: str
    samples: int
    starts: int
    seed: int
