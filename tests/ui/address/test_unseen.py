"""What a browser says of widgets before it knows what the session let them show."""

from link import address, explore


def as_before(app, query):
    """The browser still knows this address."""
    app.query_params.clear()
    app.query_params.update(query)


def test_a_widget_that_says_what_it_showed_before_an_undo_is_no_change_until_the_address_is_known():
    app = explore(data="blobs", k="3")
    app.number_input(key="n_components").set_value(4).run()
    before = address(app)
    app.button(key="undo").click().run()
    assert address(app)["k"] == "3"

    as_before(app, before)
    app.number_input(key="n_components").set_value(4)
    app.number_input(key="random_state").set_value(9).run()  # what is new counts
    assert not app.exception
    assert (address(app)["k"], address(app)["seed"]) == ("3", "9")
    assert app.number_input(key="n_components").value == 3

    app.number_input(key="n_components").set_value(4).run()  # somebody who sees the 3
    assert address(app)["k"] == "4"


def test_so_it_is_of_a_widget_that_shows_another_setting_and_has_a_callback():
    def shape():
        return next(one for one in app.get("segmented_control") if one.key == "shape of covariances")

    app = explore(data="blobs", k="3", cov="full")
    before = address(app)
    app.selectbox(key="covariance_type").set_value("spherical").run()
    assert shape().value == "I"

    as_before(app, before)
    shape().set_value("V").run()
    assert address(app)["cov"] == "spherical"
    assert shape().value == "I"

    shape().set_value("V").run()
    assert address(app)["cov"] == "diag"


def test_what_is_changed_right_before_a_button_counts_beside_it():
    app = explore(data="blobs", k="3", iters="2")
    app.number_input(key="random_state").set_value(7)
    app.button(key="mend stopped").click().run()
    assert not app.exception
    assert address(app)["seed"] == "7"
    assert app.number_input(key="max_iter").value > 2
