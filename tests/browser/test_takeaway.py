"""Downloads: what leaves the page can be used elsewhere."""

import json
import re
import subprocess
import sys

import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import expect

from gmm_core import fit, load_dataset
from gmm_core.out.export import mixture_from_json


@pytest.fixture
def take(open_app, tmp_path, request):
    page = open_app(getattr(request, "param", "/?data=notebook_2d&k=2&seed=2&at=9E"))
    page.get_by_role("radio", name="Take away").click()

    def download(label):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=label, exact=True).click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path

    yield download
    expect(page.get_by_test_id("stException")).to_have_count(0)


@pytest.fixture(scope="module")
def trace():
    return fit(load_dataset("notebook_2d").X, 2, init="random_from_data", random_state=2)


def test_parameters_and_history_are_those_of_the_run(take, trace):
    text = take("Parameters, JSON").read_text()
    assert mixture_from_json(text) == trace.steps[9].mixture
    assert json.loads(text)["log_likelihood_per_sample"] == trace.steps[9].log_likelihood
    history = pd.read_parquet(take("History, Parquet"))
    assert history["iteration"].max() == trace.n_iter
    assert len(pd.read_csv(take("Parameters, CSV"))) == 2


@pytest.mark.parametrize("label", ["Python with scikit-learn", "Python with numpy alone"])
def test_the_scripts_run_as_downloaded(take, trace, label):
    data = take("Data, CSV")
    assert len(pd.read_csv(data)) == 400
    script = take(label)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    printed = [float(number) for number in re.findall(r"-?\d+\.\d+(?:e[-+]?\d+)?", done.stdout)]
    for mean in trace.steps[9].mixture.means.ravel():
        assert min(abs(mean - number) for number in printed) < 1e-4, done.stdout


def test_pictures_and_animations(take, trace):
    value = f"{trace.steps[9].log_likelihood:.4f}"
    drawn = take("Picture, SVG")
    assert drawn.name == "em_9E.svg"
    assert f"Iteration 9, E-step, log-likelihood {value} per sample" in drawn.read_text()
    with Image.open(take("Picture, PNG")) as image:
        assert image.size == (2560, 1440)
    with Image.open(take("Animation, GIF")) as image:
        assert image.n_frames == 2 * trace.n_iter + 2  # the start before its first E-step is one
    page = take("Animation, HTML").read_text()
    assert "<h1>EM explorer: Notebook: 400 points</h1>" in page
    assert f"log-likelihood {trace.log_likelihood:.6f} per sample" in page.lower()


# No plane has these axes, but space needs none.
@pytest.mark.parametrize("take", ["/?data=notebook_3d&k=2&space=yes&x=pc1&y=pc1&at=1M"], indirect=True)
def test_a_picture_of_a_view_in_space_is_in_the_plane(take):
    assert "principal component 2" in take("Picture, SVG").read_text()


def test_a_notebook(take):
    assert json.loads(take("Notebook").read_text())["nbformat"] == 4


def test_saved_parameters_are_loaded_and_the_run_goes_on(open_app, tmp_path):
    page = open_app("/?k=4&cov=tied&init=kmeans&at=3E")
    line = page.get_by_text("log-likelihood of these parameters")
    expect(line).to_contain_text("Iteration 3, E-step")
    value = line.inner_text().partition("parameters")[2]
    page.get_by_role("radio", name="Take away").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Parameters, JSON").click()
    waiting.value.save_as(tmp_path / "mixture.json")
    other = open_app("/?k=2")
    other.get_by_role("combobox", name="Initialisation").click()
    other.keyboard.type("saved")  # of a long list, only what is seen is there
    other.get_by_role("option", name="saved parameters").click()
    expect(other.get_by_text("Load saved parameters in the settings")).to_be_visible()
    files = other.get_by_test_id("stSidebar").locator("input[type=file]")
    files.set_input_files(tmp_path / "mixture.json")
    expect(other.get_by_text("log-likelihood of these parameters")).to_have_text(
        f"Start · log-likelihood of these parameters{value}"
    )
    expect(other).to_have_url(re.compile("k=4&cov=tied&.*init=loaded"))
    files.set_input_files({"name": "x.json", "mimeType": "application/json", "buffer": b"[1]"})
    expect(other.get_by_text(re.compile("x.json cannot be used as a start."))).to_be_visible()
    expect(other.get_by_text("log-likelihood of these parameters")).to_contain_text(value)
