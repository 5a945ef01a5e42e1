"""What stands around a run on every page: sentences about it, ways back, and why it cannot be made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import streamlit as st

from gmm_core.judgement.quality import Flaw
from gmm_core.words import capital, count, plural, together
from pages.ui.address import address, by_hand, edits, hand, told
from pages.ui.address.differences import KMEANS, ORIGINAL
from pages.ui.address.kinds import BEYOND
from pages.ui.address.settings import Settings
from pages.ui.look import evidence
from pages.ui.player import Answer, At
from pages.ui.runs import data, fits, sharing
from pages.ui.shell import own_table, pages, seeing, waiting

MOST_FEATURES_TO_COMPARE = 20  # more would take longer than anybody waits
MOST_NUMBERS_TO_LOOK_AT = 100_000  # for what may be no measurement, in half a second
COMPLETE_ALONE = (
    "Complete rows only are drawn, and compared with: a density of fewer features cannot be compared with "
    "that of all. The mixture is fitted to all rows."
)


def only_complete(settings: Settings) -> Settings:
    """The settings without rows with missing values, and a sentence where there are some."""
    whole = data.complete(settings)
    if whole == settings:
        return settings
    try:
        lost = len(data.dataset(settings).X) - len(data.dataset(whole).X)
    except ValueError:  # the page says what it is
        return whole
    if not lost:
        return settings
    st.caption(
        f"**{count(lost, 'row')} with missing values {plural(lost, 'is', 'are')} left out on this page**, "
        "which compares complete rows. Explore uses what is there."
    )
    return whole


def offer(
    examples: Mapping[str, Settings], title: str = "", own: Mapping[str, Mapping[str, Any]] | None = None
) -> None:
    """Experiments to try, a button each, which makes all their settings.

    title : what stands before them. own : what is chosen with some of them on this page alone.
    """

    def open_(name: str) -> None:
        address.adopt(examples[name])
        address.choose_all((own or {}).get(name, {}))

    with st.container(horizontal=True, vertical_alignment="center"):
        if title:
            st.caption(title, width="content")
        for name in examples:
            st.button(name, on_click=open_, args=(name,), key=f"try {name}")


def laboratory(settings: Settings | None = None) -> None:
    """The questions that the laboratory answers, about this experiment; without one, about examples."""
    with st.container(horizontal=True, vertical_alignment="center"):
        about = ", on this experiment" if settings else ""
        st.caption(f"The laboratory{about}:", width="content")
        query = settings.to_query() if settings else None
        for page in pages.in_sections()[pages.LABORATORY]:
            st.page_link(page.file, label=page.question, icon=f":material/{page.icon}:", query_params=query)


def in_explore(label: str, settings: Settings) -> None:
    """A link to the player of these settings."""
    query = seeing.made_for(settings).to_query()
    st.page_link("explore.py", label=label, icon=":material/play_circle:", query_params=query)


def say(problems: Iterable[str]) -> None:
    """What could not be done, or made no sense in a link."""
    if said := "\n\n".join(filter(None, problems)):
        st.warning(said, icon=":material/info:")


def not_here(lost: Sequence[str], gaussians_alone: bool) -> str:
    """That what was chosen on Explore does not count on this page. lost : of `kinds.BEYOND`."""
    one = list(lost) == ["prior"]
    why = "this page compares likelihoods" if one else "this page makes fits of its own"
    if gaussians_alone:
        why = "this page fits Gaussians alone, without a prior, with nothing held, and to rows alone"
    verbs = ("was", "does") if one else ("were", "do")
    chosen = capital(together([BEYOND[name] for name in lost]))
    return f"{chosen} that {verbs[0]} chosen on Explore {verbs[1]} not count here: {why}."


def _note(sentence: str, ways: dict[str, Callable[[], None]]) -> None:
    """A sentence, and beside it the buttons of what can be done."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(sentence)
        for label, act in ways.items():
            st.button(label, on_click=act)


def fork_note(settings: Settings, can_stand_beside: bool = False) -> None:
    """Say that this run was forked, and offer the way back; and its original, where that can stand there."""
    forks = by_hand.read_forks(settings.forks)
    if not forks:
        return
    last = forks[-1]
    model = settings.covariance_type, settings.n_components
    others = last.what == by_hand.SPREAD and told.all_or_none(*model)
    follow = " What the others have in common with it follows." if others else ""
    is_before = settings.beside in ("", KMEANS, ORIGINAL)
    dotted = " The dotted curve is the run before." if is_before else ""
    both = {"Put the original beside it": lambda: address.choose("beside", ORIGINAL)}
    _note(
        f"**Forked** at iteration {last.iteration}: {by_hand.in_words(last)}.{follow}{dotted}",
        {"Undo the fork": hand.undo_fork} | (both if can_stand_beside and not settings.beside else {}),
    )


def scaling_note(settings: Settings) -> None:
    """Say that EM ran on other numbers than are shown."""
    if settings.scaling == "none":
        return
    what = {"standardise": "standardised features", "whiten": "whitened data"}[settings.scaling]
    st.caption(
        f"**EM ran on {what}**, to which reg_covar = {settings.reg_covar:g} was added. All that is "
        "shown, the log-likelihood too, is in the data's own units."
    )


def opening(n_iter: int) -> tuple[At, int]:
    """Where a player of a run of so many iterations opens, and in which showing; says what made no sense in
    the link that was opened.
    """
    asked, showing = address.first_half_step()
    first, lost = At.read(asked, n_iter)
    say((*address.problems(), lost))
    return first, showing


def heed(said: Answer) -> None:
    """Keep which half-step is shown. Where a component was changed or a point edited in the player, take it
    over and run the page again.
    """
    if said.means:
        hand.place(said.means)
        st.rerun()
    if said.fork:
        _take(said.fork)
        st.rerun()
    if said.hold:
        hand.hold(said.hold)
        st.rerun()
    if hand.edit_in_picture(said.editor, said.edits):
        st.rerun()
    keep_half_step(said)


def _take(fork: by_hand.Fork) -> None:
    """A component was changed: at the start of a run that is no fork, its weight or spread is a new start."""
    settings = address.current()
    if fork.what == by_hand.MEAN or fork.iteration or settings.forks:
        hand.fork(fork)
        return
    try:
        placed, lost = fits.start_changed(settings, fork)
    except ValueError as error:
        address.complain(str(error))
        return
    hand.begin(placed)
    if lost:
        address.complain(lost)


def keep_half_step(said: Answer) -> None:
    """Keep which half-step is shown; the start is what a link without one opens."""
    seen = {**said.sight, "truth": "yes"} if said.truth else said.sight
    address.keep_half_step("" if said.at.is_start else str(said.at), seen)


def edit_note(settings: Settings) -> None:
    """Say what was done to the data, by treatments and by hand, and offer the way back."""
    if not settings.edits:
        return
    try:
        treated, kept = data.treated(settings), data.kept_flaws(settings)
    except ValueError:  # the page says what it is; here stands the way back
        said = ["**The data cannot be changed as the link says.**"]
    else:
        said = [f"**Treated**: {evidence.literal('; '.join(treated))}."] if treated else []
        if by_hand := edits.describe(settings.edits):
            begins = " EM begins where it began before." if settings.edited_since_start else ""
            said.append(f"**Edited by hand**: {by_hand}.{begins}")
        if kept:
            said.append(
                f"**Kept** as {plural(len(kept), 'it is', 'they are')}: {count(len(kept), 'finding')}."
            )
    ways = {
        "Undo the last edit": lambda: address.choose("edits", edits.without_last(settings.edits)),
        "Undo all": lambda: address.choose("edits", ""),
    }
    if edits.is_nearly_full(settings.edits):
        said.append(
            "**The link is nearly full**: as a table of your own, these rows leave it, and lie on this "
            f"server. {sharing.WHO_SEES}"
        )
        ways["Go on with these rows as a table"] = lambda: own_table.adopt(settings)
    _note(" ".join(said), ways)


def shuffle_note(settings: Settings) -> None:
    """Say that EM ignores time, and let a button prove it."""
    if settings.shuffle:
        _note(
            "**Shuffled**, from the same start: the picture over time is another, every number is the same.",
            {"Back in order": lambda: address.choose("shuffle", 0)},
        )
    else:
        _note(
            "**EM ignores time**: each value counts, not when it came. Shuffle the order and compare.",
            {"Shuffle the order": lambda: address.choose("shuffle", 1)},
        )


@contextmanager
def or_say_why(settings: Settings) -> Iterator[None]:
    """Where an experiment cannot be run, say why and what can be done, and end the page here."""
    try:
        yield
    except ValueError as error:
        st.error(evidence.literal(str(error)), icon=":material/error:")
        say(address.problems())
        fork_note(settings)
        edit_note(settings)
        st.info("Change the settings; nothing is lost.", icon=":material/tune:")
        if settings.data == "own" and seeing.may_see(settings):
            own_table.findings(settings)
        st.stop()


def refuse(why: str) -> None:
    """Say why nothing of this experiment is shown to this visitor, and end the page here."""
    st.error(why, icon=":material/error:")
    say(address.problems())
    st.info("Change the settings; nothing is lost.", icon=":material/tune:")
    st.stop()


def own_table_note(settings: Settings) -> None:
    """What was found in a table of the user's own, and what a link to it holds."""
    if settings.data == "own":
        own_table.findings(settings)
        st.caption(f"The link holds these settings, but not your data. {sharing.WHO_SEES}")


def open_rows(settings: Settings) -> None:
    """Where rows of a user's own table may not all be measurements: say it, and where they can be treated."""
    if settings.data != "own":
        return
    whole = data.complete(settings)
    try:
        n_numbers = data.dataset(whole).X.size
    except ValueError:  # no row is complete
        return
    if n_numbers > MOST_NUMBERS_TO_LOOK_AT:
        return
    if flaws := data.open_flaws(whole):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(evidence.literal(said_open(flaws, "EM takes")), width="content")
            treat_or_keep(settings)


def said_open(flaws: Sequence[Flaw], who: str) -> str:
    """What is open about the rows, in two sentences; `who` takes it for granted."""
    more = f", and {count(len(flaws) - 1, 'more finding')}" if len(flaws) > 1 else ""
    return f"Open about the rows: {flaws[0].brief}{more}. {who} all of that for measurements."


def treat_or_keep(settings: Settings) -> None:
    """The way to what is open about the rows."""
    query = settings.to_query()
    st.page_link("check.py", label="Treat or keep it in Check", icon=":material/rule:", query_params=query)


def stop_if_waiting(settings: Settings) -> None:
    """Where something must be done before there is a fit, say it, and end the page here."""
    if settings.init == "loaded" and not settings.parameters:
        st.info(
            "Load saved parameters in the settings: the JSON file that *Take away* makes under each picture. "
            "EM goes on from them. Or choose another start.",
            icon=":material/upload_file:",
        )
        st.stop()
    if waiting.cancelled(
        settings.fitted, "This fit was cancelled. Choose fewer rows or iterations in the settings"
    ):
        st.stop()


def too_many_features(n: int, what: str, instead: str) -> bool:
    """Whether so many are too many to compare fits of; then it is said.

    what : it would be. instead : what else can be done.
    """
    if n <= MOST_FEATURES_TO_COMPARE:
        return False
    st.info(
        f"These data have {n} features: too many for a {what} in seconds. Choose up to "
        f"{MOST_FEATURES_TO_COMPARE} columns, or {instead}.",
        icon=":material/filter_alt:",
    )
    return True


def sample_note(shown: int, total: int) -> str:
    """What to say where not all points are drawn; empty where they are."""
    if shown == total:
        return ""
    return f"{shown:,} of the {total:,} points are drawn, a random sample; EM uses them all."
