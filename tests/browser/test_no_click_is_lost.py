"""What somebody does takes effect, though the next thing is asked for before the server has answered."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import wraps

from wire import tab

SECONDS = (0, 0.01, 0.05, 0.2)  # between what is done first and what is asked for next


def at_each_moment(test):
    """Tabs beside each other, one for each moment."""

    @wraps(test)
    def run(server):
        async def all_of_them():
            await asyncio.gather(*(test(server, seconds) for seconds in SECONDS))

        with ThreadPoolExecutor(1) as beside:  # where a browser was started, this thread has a loop already
            beside.submit(asyncio.run, all_of_them()).result()

    # pytest asks for what it sees here.
    run.__wrapped__ = lambda server: None
    return run


@at_each_moment
async def test_a_click_counts_though_something_else_is_asked_for_at_once(server, seconds):
    async with tab(server) as page:
        await page.open("data=blobs&k=3")
        await page.type("n_components", 4)
        assert "k=4" in page.query

        await page.click("undo")
        await asyncio.sleep(seconds)
        await page.say()  # with the number as it was before the click
        await page.rest()
        assert "k=3" in page.query
        assert page.numbers["n_components"] == 3

        # It is the user's again: what was there before may come back.
        await page.type("n_components", 4)
        assert "k=4" in page.query


@at_each_moment
async def test_two_clicks_count_twice(server, seconds):
    async with tab(server) as page:
        await page.open("data=blobs&k=3")
        for k in (4, 5):
            await page.type("n_components", k)
        for _ in range(2):
            await page.click("undo")
            await asyncio.sleep(seconds)
        await page.rest()
        assert "k=3" in page.query


@at_each_moment
async def test_a_click_in_a_fragment_counts_while_the_page_is_made_again(server, seconds):
    async with tab(server) as page:
        await page.open("data=blobs&k=3&iters=2")
        key = "mend stopped"
        page.numbers["random_state"] = 7
        await page.say()
        await page.click(key)
        await asyncio.sleep(seconds)
        await page.say()
        await page.rest()
        assert page.numbers["max_iter"] > 2
        assert "seed=7" in page.query


@at_each_moment
async def test_what_a_page_asks_that_is_being_left_leads_nobody_back(server, seconds):
    async with tab(server) as page:
        await page.open("data=blobs&k=3")
        left, fragment = page.page, next(filter(None, page.fragments.values()))
        await page.say(page=page.pages["Gallery"], query="")
        await asyncio.sleep(seconds)
        await page.say(page=left, fragment=fragment)
        await page.rest()
        assert page.page == page.pages["Gallery"]
        await page.say()  # whatever is asked for next
        await page.rest()


@at_each_moment
async def test_a_link_with_settings_leads_to_them_though_the_page_before_speaks_up(server, seconds):
    async with tab(server) as page:
        await page.open("data=blobs&k=3", "collapse")
        left, fragment = page.page, next(filter(None, page.fragments.values()))
        await page.say(page=page.pages["Explore"], query="data=blobs&k=5")
        await asyncio.sleep(seconds)
        await page.say(page=left, fragment=fragment)
        await page.rest()
        assert "k=5" in page.query
