"""Connecting, being refused, pinging, asking for what is not offered, losing the line."""

import asyncio
import re

from diffusion.session import SessionListener

try:
    from diffusion.session.session_attributes import ReconnectionStrategy
except ImportError:
    # From 6.12 on: older ones do not reconnect.
    ReconnectionStrategy = object

from lib import TYPES, Gathered, error_name, gather, go_ahead, open_session, say


async def connect(url):
    session = await open_session(url)
    identity = re.fullmatch("[0-9a-f]{16}-[0-9a-f]{16}", str(session.session_id)) is not None
    say({"connected": session.state.value.connected, "id": identity})
    await session.close()
    say({"connected": session.state.value.connected})


async def anonymous(url):
    async with open_session(url, principal=None) as session:
        await session.ping_server()
        say({"connected": session.state.value.connected})


async def wrong_password(url):
    try:
        async with open_session(url, password="not the password"):
            say({"connected": True})
    except Exception as error:  # noqa: BLE001 - whichever the client raises is the fact
        say({"refused": error_name(error)})


async def ping(url):
    async with open_session(url) as session:
        for _ in range(3):
            await session.ping_server()
            say({"ping": True})


async def unsupported(url):
    async with open_session(url) as session:
        try:
            await session.metrics.list_topic_metric_collectors()
            say({"unsupported": "answered"})
        except Exception:  # noqa: BLE001 - the client has no class of its own for this code
            say({"unsupported": "UNSUPPORTED"})
        await session.ping_server()
        say({"connected": session.state.value.connected})


class Again(ReconnectionStrategy):
    """Tries at once and keeps trying."""

    async def perform_reconnection(self, reconnection_attempt):
        await asyncio.sleep(0.02)
        await reconnection_attempt.start()


class Link(SessionListener):
    """Notes each loss of the line and each return."""

    def __init__(self, seen):
        self.seen = seen

    async def on_session_event(self, *, session, old_state, new_state):
        if new_state.name == "RECOVERING_RECONNECT":
            await self.seen.add("disconnected")
        elif new_state.name == "CONNECTED_ACTIVE" and old_state.name == "RECOVERING_RECONNECT":
            await self.seen.add("reconnected")


async def reconnect(url, direct):
    """The harness cuts the line after “ready” and restores it after “published”."""
    publisher = await open_session(direct)

    async def put(value):
        await publisher.topics.add_and_set_topic("reconnect/a", TYPES["STRING"], value)

    await put("before")
    link = Gathered()
    session = await open_session(url, strategy=Again())
    session.add_listener(Link(link))
    seen = gather(session, ">reconnect/a", "STRING")
    await session.topics.subscribe(">reconnect/a")
    await seen.count(2)
    identity = str(session.session_id)
    say({"step": "ready"})

    await link.count(1)
    say({"step": "disconnected"})
    await put("while the line is down")
    await put("and once more")
    say({"step": "published"})

    await link.count(2)
    await put("after")
    await seen.until(lambda items: any(item.get("value") == "after" for item in items))
    await session.ping_server()
    say({"link": link.items, "same": str(session.session_id) == identity})
    say({"last": seen.of("value")[-1]["value"]})
    await session.close()
    await publisher.close()


async def publish(url):
    """Publishes what the command line client of this program watches; starts when told to."""
    async with open_session(url) as session:

        async def put(path, type_name, value):
            await session.topics.add_and_set_topic(path, TYPES[type_name], value)

        await put("publish/json", "JSON", {"n": 0, "text": "start"})
        await put("publish/text", "STRING", "start")
        await put("publish/whole", "INT64", 0)
        say({"step": "ready"})
        await go_ahead()
        await put("publish/json", "JSON", {"n": 1, "text": "start", "more": [True, None, 1.5]})
        await put("publish/text", "STRING", "שלום 😀")
        await put("publish/whole", "INT64", -9223372036854775807)
        await put("publish/json", "JSON", {"n": 2, "text": "end", "more": [True, None, 1.5]})
        await put("publish/text", "STRING", "")
        await put("publish/whole", "INT64", 9223372036854775807)
        say({"step": "published"})


SCENARIOS = {
    "connect": connect,
    "anonymous": anonymous,
    "wrong_password": wrong_password,
    "ping": ping,
    "unsupported": unsupported,
    "reconnect": reconnect,
    "publish": publish,
}
