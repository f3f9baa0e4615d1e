"""Updates that are guarded: constraints, session locks, removal policies, owners."""

import asyncio

from diffusion import datatypes as data
from diffusion.features.topics.update.constraint_factory import ConstraintFactory

from lib import failure, gather, open_session, paths_of, say

GUARD = ConstraintFactory()


async def outcome(awaitable):
    result = await failure(awaitable)
    return "set" if isinstance(result, dict) else result


async def guards(url):
    async with open_session(url) as session:
        topics = session.topics
        json = {"a": 1, "b": {"c": "x"}, "n": None}
        for path, kind in [("g/text", data.STRING), ("g/empty", data.STRING), ("g/json", data.JSON)]:
            await topics.add_topic(path, kind)
        await topics.set_topic("g/text", "one", data.STRING)
        await topics.set_topic("g/json", json, data.JSON)

        async def check(name, path, constraint, kind=data.STRING, value="one"):
            say({"guard": name, "path": path, "outcome": await outcome(topics.set_topic(path, value, kind, constraint))})

        await check("no topic", "g/text", GUARD.no_topic)
        await check("no topic", "g/absent", GUARD.no_topic)
        for path in ["g/new", "g/new"]:
            added = topics.add_and_set_topic(path, data.STRING, "one", GUARD.no_topic)
            say({"guard": "no topic, adding", "path": path, "outcome": await outcome(added)})
        await check("no value", "g/text", GUARD.no_value)
        await check("no value", "g/absent", GUARD.no_value)
        await check("no value", "g/empty", GUARD.no_value)
        await check("no value", "g/empty", GUARD.no_value)
        one = GUARD.value(data.STRING("one"))
        await check("value", "g/text", one, data.STRING, "two")
        await check("value", "g/text", one, data.STRING, "three")
        await check("value", "g/absent", one)

        async def part(name, constraint, path="g/json"):
            await check(name, path, constraint, data.JSON, json)

        a, c = data.INT64(1), data.STRING("x")
        await part("with", GUARD.json_value.with_("/a", a))
        await part("with other", GUARD.json_value.with_("/a", data.INT64(2)))
        await part("with two", GUARD.json_value.with_("/a", a).with_("/b/c", c))
        await part("with two, one other", GUARD.json_value.with_("/a", a).with_("/b/c", data.STRING("y")))
        await part("with absent", GUARD.json_value.with_("/z", c))
        await part("without", GUARD.json_value.without("/z"))
        await part("without null", GUARD.json_value.without("/n"))
        await part("with and without", GUARD.json_value.with_("/a", a).without("/b/d"))
        await part("with absent topic", GUARD.json_value.with_("/a", a), "g/none")
        await check("with of text", "g/text", GUARD.json_value.with_("", data.STRING("two")))


async def removal(url):
    async with open_session(url) as session:
        other = await open_session(url)
        topics = session.topics
        seen = gather(session, "?gone/", "STRING")
        await topics.subscribe("?gone/")

        def policy(text):
            return data.STRING.with_properties(REMOVAL=text)

        await topics.add_topic("gone/stays", data.STRING)
        await topics.add_topic("gone/quiet", policy("when no updates for 1s"))
        await topics.add_topic("gone/late", policy("when time after 4102444800000"))
        await other.topics.add_topic("gone/closes", policy("when this session closes"))
        await other.topics.add_topic("gone/branch", policy("when this session closes remove '?gone/tree//'"))
        await other.topics.add_topic("gone/tree/a", data.STRING)
        await topics.add_topic("gone/nobody", policy("when no session has '$Principal is \"nobody\"'"))
        say({"refused": await failure(topics.add_topic("gone/bad", policy('when no session has "nonsense"')))})
        await seen.count(6)
        await other.close()
        await seen.until(lambda items: sum(item["event"] == "unsubscribe" for item in items) >= 4)
        say({"gone": sorted([item["path"], item["reason"]] for item in seen.of("unsubscribe"))})
        say({"left": await paths_of(url, "?gone/")})


async def owner(url):
    async with open_session(url) as session, open_session(url, principal="client") as client:
        await session.topics.add_topic("o/theirs", data.STRING.with_properties(OWNER='$Principal is "client"'))
        await session.topics.add_topic("o/plain", data.STRING)
        for path in ["o/theirs", "o/plain"]:
            update = await outcome(client.topics.set_topic(path, "x", data.STRING))
            # The client has no class for this failure, only its own words.
            say({"path": path, "update": "ACCESS_DENIED" if "Access denied" in update else update})
            say({"path": path, "removed": (await client.topics.remove_topic(f">{path}")).removed_count})


async def locks(url):
    async with open_session(url) as first:
        second = await open_session(url)
        await first.topics.add_topic("l/a", data.STRING)

        async def set_(session, lock):
            return await outcome(session.topics.set_topic("l/a", "x", data.STRING, GUARD.locked(lock)))

        held = await first.lock("the/lock")
        say({"holder": await set_(first, held), "other": await set_(second, held), "owned": held.is_owned})
        waiting = asyncio.create_task(second.lock("the/lock"))
        await second.ping_server()
        say({"second": "granted" if waiting.done() else "still waiting"})
        released = await held.unlock()
        say({"released": getattr(released, "value", released)})
        passed = await waiting
        say({"grew": passed.sequence > held.sequence})
        say({"former": await set_(first, held), "holder": await set_(second, passed)})
        again = asyncio.create_task(first.lock("the/lock"))
        await first.ping_server()
        await second.close()
        say({"afterClose": await set_(first, await again)})


SCENARIOS = {"guards": guards, "removal": removal, "owner": owner, "locks": locks}
