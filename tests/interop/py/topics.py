"""Adding, setting and removing topics."""

from diffusion import datatypes as data

from lib import TYPES, VALUES, TimeSeries, created, failure, gather, open_session, say, series, value_of


async def add(url):
    async with open_session(url) as session:
        topics = session.topics
        wanted = {name: kind.with_properties() for name, kind in TYPES.items()}
        if TimeSeries is not None:
            wanted["TIME_SERIES"] = series(data.DOUBLE)
        for name, specification in wanted.items():
            first = await topics.add_topic(f"add/{name}", specification)
            second = await topics.add_topic(f"add/{name}", specification)
            say({"type": name, "added": [created(first), created(second)]})
        say({"mismatch": await failure(topics.add_topic("add/JSON", data.STRING))})
        if TimeSeries is not None:
            bad_range = series(data.DOUBLE, TIME_SERIES_RETAINED_RANGE="nonsense")
            say({"range": await failure(topics.add_topic("add/range", bad_range))})
        say({"path": await failure(topics.add_topic("add//empty", data.JSON))})


ONE = {
    "BINARY": bytes([0, 1, 254, 255]),
    "JSON": {"a": [1, None, True, "x"]},
    "STRING": "text",
    "INT64": -5,
    "DOUBLE": 0.1,
}


async def set_(url):
    async with open_session(url) as session:
        topics = session.topics
        for name, kind in VALUES.items():
            path = f"set/{name}"
            await topics.add_topic(path, kind)
            await topics.set_topic(path, ONE[name], kind)
            say({"set": name, "value": await value_of(session, path, name)})
        for name, kind in VALUES.items():
            path = f"add-and-set/{name}"
            first = await topics.add_and_set_topic(path, kind, ONE[name])
            second = await topics.add_and_set_topic(path, kind, ONE[name])
            say({"addAndSet": name, "created": [created(first), created(second)], "value": await value_of(session, path, name)})
        say({"absent": await failure(topics.set_topic("set/absent", "x", data.STRING))})
        say({"other": await failure(topics.set_topic("set/JSON", "x", data.STRING))})
        say({"mismatch": await failure(topics.add_and_set_topic("set/JSON", data.STRING, "x"))})


async def remove(url):
    async with open_session(url) as session:
        topics = session.topics
        for path in ["r/a", "r/b", "r/b/c", "r/b/c/d", "r/e", "r/keep"]:
            await topics.add_topic(path, data.STRING)
        seen = gather(session, "?r//", "STRING")
        await topics.subscribe("?r//")
        await seen.count(6)
        for selector in [">r/a", "?r/b/", "?r/(b|e)", ">r/none"]:
            say({"remove": selector, "removed": (await topics.remove_topic(selector)).removed_count})
        await topics.unsubscribe(">r/keep")
        await seen.count(12)
        await session.ping_server()
        say({"unsubscribed": sorted([item["path"], item["reason"]] for item in seen.of("unsubscribe"))})


SCENARIOS = {"add": add, "set": set_, "remove": remove}
