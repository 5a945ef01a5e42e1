"""What is said below a picture of a run: what was done to which data."""

from dataclasses import replace

from pages.ui.address.settings import Settings
from pages.ui.runs import fits, scenes


def test_a_picture_says_what_was_done_to_which_data():
    settings = Settings(
        data="qa_series", n_components=2, covariance_type="diag", init="random", random_state=3
    )
    n_iter = fits.run(settings).n_iter
    assert scenes.in_a_line(settings).startswith(
        f"k = 2, diag covariances, reg_covar 1e-06, start: random responsibilities, seed 3; "
        f"{n_iter} iterations. The 50 values"
    ), "long names of data may be cut, but nothing of the run"
    scaled = scenes.in_a_line(replace(settings, scaling="standardise", init="given", means="1;20"))
    assert " diag covariances, standardised data, reg_covar 1e-06, start: " in scaled
    assert "seed" not in scaled
