"""A line that is cut six times under load: no value may be lost or come twice."""

import asyncio

from diffusion import datatypes as data
from diffusion.features.topics import ValueStreamHandler
from diffusion.features.topics.details.topic_specification import ConflationPolicy
from diffusion.features.topics.update.constraint_factory import ConstraintFactory

from connecting import Again, Link
from lib import Gathered, TimeSeries, error_name, open_session, say, series

CUTS = 6
# So many values come between one event of the line and the next.
AT_LEAST = 20
# A request whose answer is lost with the line is given up after this time.
PATIENCE_SECS = 2


def numbers(session, path, data_type, number):
    """The numbers that a topic's values stand for, as they come.

    After each reconnection this client tells its streams that the topic is unsubscribed and subscribed; the first value of a
    subscription is what the topic has, which may be the last one of the subscription before. It is not counted again.
    """
    seen = Gathered()
    starts = False

    async def on_subscribe(**_):
        nonlocal starts
        starts = True

    async def on_value(*, topic_value=None, **_):
        nonlocal starts
        value = getattr(topic_value, "value", topic_value)
        restated = starts and value is not None and seen.items[-1:] == [number(value)]
        starts = False
        if value is not None and not restated:
            await seen.add(number(value))

    handler = ValueStreamHandler(data_type=data_type, subscribe=on_subscribe, update=on_value)
    session.topics.add_value_stream(f">{path}", handler)
    return seen


def verdict(path, seen, last):
    """Whether every number came once and in order; else where it went wrong."""
    wrong = next((i for i, (n, wanted) in enumerate(zip(seen, range(1, last + 1))) if n != wanted), None)
    whole = wrong is None and len(seen) == last
    say({"topic": path, "everyValueOnce": whole} if whole else {"topic": path, "of": last, "came": len(seen), "around": seen[(wrong or 0) - 2:][:6]})


async def six_cuts(url, direct):
    """The subscriber's line is cut and restored by the harness after each “cut” and “restore”."""
    publisher = await open_session(direct)
    json = data.JSON.with_properties(CONFLATION=ConflationPolicy.OFF)
    int64 = data.INT64.with_properties(CONFLATION=ConflationPolicy.OFF)
    await publisher.topics.add_topic("cuts/json", json)
    await publisher.topics.add_topic("cuts/int64", int64)
    await publisher.topics.add_topic("cuts/series", series(data.STRING, TIME_SERIES_RETAINED_RANGE="limit 10"))

    link = Gathered()
    session = await open_session(url, strategy=Again())
    session.add_listener(Link(link))
    seen = {
        "cuts/json": numbers(session, "cuts/json", data.JSON, lambda value: value["n"]),
        "cuts/int64": numbers(session, "cuts/int64", data.INT64, int),
        "cuts/series": numbers(session, "cuts/series", TimeSeries.of(data.STRING), lambda value: int(getattr(value, "value", value))),
    }
    await session.topics.subscribe("?cuts/")
    identity = str(session.session_id)

    published = Gathered()
    over = asyncio.Event()

    async def publish():
        n = 0
        while not over.is_set():
            n += 1
            await publisher.topics.set_topic("cuts/json", {"n": n, "text": "what stays the same is sent once"}, data.JSON)
            await publisher.topics.set_topic("cuts/int64", n, data.INT64)
            await publisher.time_series.append("cuts/series", str(n), data.STRING)
            await published.add(n)

    task = asyncio.create_task(publish())
    for cut in range(1, CUTS + 1):
        await published.count(len(published.items) + AT_LEAST)
        say({"step": f"cut {cut}"})
        await link.count(2 * cut - 1)
        await published.count(len(published.items) + AT_LEAST)
        say({"step": f"restore {cut}"})
        await link.count(2 * cut)
    await published.count(len(published.items) + AT_LEAST)
    over.set()
    await task
    last = len(published.items)
    for numbers_of in seen.values():
        await numbers_of.until(lambda items: items and items[-1] == last)
    await session.ping_server()
    say({"link": link.items, "same": str(session.session_id) == identity})
    for path, numbers_of in seen.items():
        verdict(path, numbers_of.items, last)
    await session.close()
    await publisher.close()


async def guarded_counters(url, direct):
    """Counters are set over a line that the harness cuts. A client that does not reconnect goes on in a new session: what
    it asked for may have been done or not, and a guard makes that each number is set once."""
    watcher = await open_session(direct)
    paths = ["counters/a", "counters/b", "counters/c"]
    seen = {}
    for path in paths:
        await watcher.topics.add_and_set_topic(path, data.INT64.with_properties(CONFLATION=ConflationPolicy.OFF), 0)
        seen[path] = numbers(watcher, path, data.INT64, int)
    await watcher.topics.subscribe("?counters/")
    guard = ConstraintFactory()
    session, opened, lost = None, 0, Gathered()

    async def put(path, n):
        nonlocal session, opened
        again = False
        while True:
            try:
                if session is None:
                    session = await asyncio.wait_for(open_session(url), PATIENCE_SECS)
                    opened += 1
                request = session.topics.set_topic(path, n, data.INT64, guard.value(data.INT64(n - 1)))
                return await asyncio.wait_for(request, PATIENCE_SECS)
            except Exception as error:  # noqa: BLE001 - whichever the client raises when the line is lost
                if error_name(error) == "UNSATISFIED_CONSTRAINT":
                    if again:
                        # The answer was lost, not the request.
                        return None
                    raise
                again, session = True, None
                await lost.add(error_name(error))
                await asyncio.sleep(0.02)

    done = Gathered()
    over = asyncio.Event()

    async def count():
        n = 0
        while not over.is_set():
            n += 1
            for path in paths:
                await put(path, n)
            await done.add(n)

    task = asyncio.create_task(count())
    for cut in range(1, CUTS + 1):
        await done.count(len(done.items) + AT_LEAST)
        before = len(lost.items)
        say({"step": f"cut {cut}"})
        await lost.count(before + 1)
        say({"step": f"restore {cut}"})
    await done.count(len(done.items) + AT_LEAST)
    over.set()
    await task
    last = len(done.items)
    for numbers_of in seen.values():
        await numbers_of.until(lambda items: items and items[-1] == last)
    say({"newSessions": opened > CUTS})
    for path, numbers_of in seen.items():
        verdict(path, [n for n in numbers_of.items if n != 0], last)


SCENARIOS = {"six_cuts": six_cuts, "guarded_counters": guarded_counters}
