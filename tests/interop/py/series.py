"""Time series: appends, edits, every form of range query, and subscriptions to what was edited."""

from datetime import timedelta

from diffusion import datatypes as data
from diffusion.features.topics import ValueStreamHandler

from lib import Gathered, TimeSeries, failure, open_session, say, series

T0 = 1700000000000
DAY = 86_400_000


def plain_metadata(metadata):
    return {"sequence": metadata.sequence, "at": metadata.timestamp - T0, "author": metadata.author}


def text(value):
    return getattr(value, "value", value)


def plain_event(event):
    fact = {**plain_metadata(event.metadata), "value": text(event.value)}
    if event.is_edit_event:
        fact["original"] = plain_metadata(event.original_event)
    return fact


async def edited(session, path, **properties):
    await session.topics.add_topic(path, series(data.STRING, TIME_SERIES_RETAINED_RANGE="limit 100", **properties))
    for n in range(5):
        await session.time_series.append(path, f"value {n}", data.STRING, T0 + n * 10_000)
    for original, value in [(1, "first"), (3, "other"), (1, "second")]:
        await session.time_series.edit(path, original, value, data.STRING)


async def added(awaitable):
    return plain_metadata(await awaitable)


async def series_changes(url):
    async with open_session(url) as session:
        changes = session.time_series
        await session.topics.add_topic("ts/a", series(data.STRING, TIME_SERIES_RETAINED_RANGE="limit 100"))
        await session.topics.add_topic("ts/plain", data.STRING)
        for value in ["one", "two"]:
            metadata = await added(changes.append("ts/a", value, data.STRING, T0))
            say({"appendedAt": {"sequence": metadata["sequence"], "author": metadata["author"], "at": metadata["at"]}})
        say({"early": await failure(changes.append("ts/a", "early", data.STRING, T0 - 1))})
        appended = await added(changes.append("ts/a", "three", data.STRING))
        say({"appended": appended["sequence"], "author": appended["author"], "byTheServer": appended["at"] > DAY})
        edit = await added(changes.edit("ts/a", 0, "ONE", data.STRING))
        say({"edited": edit["sequence"], "author": edit["author"], "later": edit["at"] >= appended["at"]})
        say({"absent": await failure(changes.append("ts/none", "x", data.STRING))})
        say({"plain": await failure(changes.append("ts/plain", "x", data.STRING))})
        say({"otherType": await failure(changes.append("ts/a", 5.0, data.DOUBLE))})
        say({"editOfAnEdit": await failure(changes.edit("ts/a", 3, "x", data.STRING))})
        say({"editOfNothing": await failure(changes.edit("ts/a", 99, "x", data.STRING))})
        say({"editOfPlain": await failure(changes.edit("ts/plain", 0, "x", data.STRING))})
        query = changes.range_query().as_(data.STRING)
        say({"queryOfPlain": await failure(query.select_from("ts/plain"))})
        say({"queryOfNothing": await failure(query.select_from("ts/none"))})
        async with open_session(url, principal="control") as control:
            say({"mayNotEdit": await failure(control.time_series.edit("ts/a", 0, "x", data.STRING))})
            edits = control.time_series.range_query().for_edits().as_(data.STRING)
            say({"mayNotQueryEdits": await failure(edits.select_from("ts/a"))})
        async with open_session(url, principal=None) as reader:
            say({"mayNotAppend": await failure(reader.time_series.append("ts/a", "x", data.STRING))})
            values = await reader.time_series.range_query().as_(data.STRING).select_from("ts/a")
            say({"mayRead": [text(event.value) for event in values.events]})


async def series_queries(url):
    async with open_session(url) as session:
        await edited(session, "ts/q")

        def query():
            return session.time_series.range_query().as_(data.STRING)

        async def ask(name, wanted):
            result = await wanted.select_from("ts/q")
            sequence = lambda e: f"{e.sequence}>{e.original_event.sequence}" if e.is_edit_event else f"{e.sequence}"  # noqa: E731
            events = [sequence(event) for event in result.events]
            say({"query": name, "events": events, "selected": result.selected_count, "complete": result.is_complete})

        def at(n):
            return timedelta(milliseconds=T0 + n * 10_000)

        for event in (await query().select_from("ts/q")).events:
            fact = plain_event(event)
            # Times of edits are the server's.
            if "original" in fact:
                del fact["at"]
            say(fact)
        await ask("all", query())
        await ask("values", query().for_values())
        await ask("from start to start", query().for_values().from_start().to_start())
        await ask("from 0 to start", query().for_values().from_(0).to_start())
        await ask("from start to 0", query().for_values().from_start().to(0))
        await ask("from 1 to 3", query().for_values().from_(1).to(3))
        await ask("from 3 to 1", query().for_values().from_(3).to(1))
        await ask("from time 1 to time 2", query().for_values().from_(at(1)).to(at(2)))
        await ask("from last 1", query().for_values().from_last(1))
        await ask("from last 3 until last 2", query().for_values().from_last(3).until_last(2))
        await ask("from last day", query().for_values().from_last_milliseconds(DAY))
        await ask("until last day", query().for_values().until_last_milliseconds(DAY))
        await ask("from start next 2", query().for_values().from_start().next(2))
        await ask("from 1 next 1", query().for_values().from_(1).next(1))
        await ask("from time 1 next 10 s", query().for_values().from_(at(1)).next_milliseconds(10_000))
        await ask("from 3 previous 1", query().for_values().from_(3).previous(1))
        await ask("from time 3 previous 10 s", query().for_values().from_(at(3)).previous_milliseconds(10_000))
        await ask("limit 2", query().for_values().limit(2))
        await ask("edit range to 5", query().for_values().edit_range().to(5))
        await ask("edit range from 5", query().for_values().from_(0).to(2).edit_range().from_(5))
        await ask("edits", query().for_edits())
        await ask("edits from 1 to 2", query().for_edits().from_(1).to(2))
        await ask("latest edits", query().for_edits().latest_edits())
        await ask("latest edits to 6", query().for_edits().latest_edits().to(6))
        await ask("latest edits from last 2", query().for_edits().latest_edits().from_last(2))
        await ask("edits limit 3", query().for_edits().limit(3))


async def series_authors(url):
    async with open_session(url) as session:
        await session.topics.add_topic("ts/authors", series(data.STRING))
        for principal in ["admin", "control", "admin"]:
            async with open_session(url, principal=principal) as writer:
                await writer.time_series.append("ts/authors", principal, data.STRING)
        await session.time_series.edit("ts/authors", 1, "edited", data.STRING)
        query = session.time_series.range_query().for_edits().as_(data.STRING)
        events = (await query.select_from("ts/authors")).events
        say({"authors": [event.metadata.author for event in events], "original": events[3].original_event.author})


async def series_subscriptions(url):
    async with open_session(url) as session, open_session(url) as reader:
        for name, properties in [
            ("latest", {}),
            ("range", {"TIME_SERIES_SUBSCRIPTION_RANGE": "limit 3"}),
            ("values", {"PUBLISH_VALUES_ONLY": True}),
            ("values-range", {"PUBLISH_VALUES_ONLY": True, "TIME_SERIES_SUBSCRIPTION_RANGE": "limit 2"}),
        ]:
            path = f"ts/s/{name}"
            await edited(session, path, **properties)
            seen = Gathered()

            async def on_value(*, topic_value=None, seen=seen, **_):
                await seen.add(topic_value)

            handler = ValueStreamHandler(data_type=TimeSeries.of(data.STRING), update=on_value)
            reader.topics.add_value_stream(f">{path}", handler)
            await reader.topics.subscribe(f">{path}")
            await session.time_series.append(path, "later", data.STRING)
            await session.time_series.edit(path, 0, "last", data.STRING)
            await seen.until(lambda events: any(text(event.value) == "last" for event in events))
            facts = [plain_event(event) for event in seen.items]
            for fact in facts:
                del fact["at"]
                if "original" in fact:
                    fact["original"] = fact["original"]["sequence"]
            say({"series": name, "events": facts})


SCENARIOS = {
    "series_changes": series_changes,
    "series_queries": series_queries,
    "series_authors": series_authors,
    "series_subscriptions": series_subscriptions,
}
