"""What the scenarios share: facts as JSON lines, sessions, waiting for conditions, names of errors."""

import asyncio
import base64
import json
import sys

import diffusion
from diffusion import datatypes as data
from diffusion.features.topics import TopicAddResponse, ValueStreamHandler

try:
    from diffusion.features.timeseries import TimeSeries
except ImportError:
    # From 6.9 on.
    TimeSeries = None

# Topic types that have values of their own.
TYPES = {
    "BINARY": data.BINARY,
    "JSON": data.JSON,
    "STRING": data.STRING,
    "INT64": data.INT64,
    "DOUBLE": data.DOUBLE,
    "RECORD_V2": data.RECORD_V2,
}
# This client knows the type RECORD_V2, but has no values of it.
VALUES = {name: kind for name, kind in TYPES.items() if name != "RECORD_V2"}


def say(fact):
    print(json.dumps(fact, ensure_ascii=False, separators=(",", ":")), flush=True)


def open_session(url, principal="admin", password="password", strategy=None):
    factory = diffusion.sessions()
    if principal is not None:
        factory = factory.principal(principal).credentials(diffusion.Credentials(password))
    if strategy is not None:
        factory = factory.reconnection_strategy(strategy)
    return factory.open(url)


def series(event_type, **properties):
    return TimeSeries.of(event_type).with_properties(**properties)


# The names the scenarios use for failures, by the class of the exception.
NAMES = {
    "ExistingTopicError": "TOPIC_EXISTS_MISMATCH",
    "InvalidTopicPathError": "INVALID_TOPIC_PATH",
    "InvalidTopicSpecificationError": "INVALID_TOPIC_SPECIFICATION",
    "UnsatisfiedConstraintError": "UNSATISFIED_CONSTRAINT",
    "NoSuchTopicError": "NO_SUCH_TOPIC",
    "IncompatibleTopicError": "INCOMPATIBLE_UPDATE",
    "UpdateFailedError": "UPDATE_FAILED",
    "NoSuchEventError": "NO_SUCH_EVENT",
    "AuthenticationError": "ACCESS_DENIED",
    "HandlerConflictError": "HANDLER_CONFLICT",
    "UnhandledMessageError": "UNHANDLED_MESSAGE",
    "RejectedRequestError": "REJECTED_REQUEST",
    "NoSuchSessionError": "NO_SUCH_SESSION",
    "IncompatibleDatatypeError": "INCOMPATIBLE_DATATYPE",
    "RequestTimeoutError": "REQUEST_TIME_OUT",
}


def error_name(error):
    """The name of a failure; the client's own words where it has no class for the code."""
    if "AUTHENTICATION_FAILED" in str(error):
        return "ACCESS_DENIED"
    # One class stands for two codes, and one for all codes without a class: the server's text tells them apart.
    if type(error).__name__ == "IncompatibleTopicError" and "is not a time series" in str(error):
        return "NOT_A_TIME_SERIES_TOPIC"
    if type(error).__name__ == "ServiceMessageError" and str(error).endswith("Access denied"):
        return "ACCESS_DENIED"
    return NAMES.get(type(error).__name__, f"{type(error).__name__}: {error}")


async def failure(awaitable):
    try:
        return {"succeeded": str(await awaitable)}
    except Exception as error:  # noqa: BLE001 - whichever the client raises is the fact
        return error_name(error)


def plain(type_name, value):
    """A value as both clients can print it: 64-bit numbers and floats as text, bytes as base64."""
    value = getattr(value, "value", value)
    if value is None:
        return None
    if type_name == "BINARY":
        return base64.b64encode(value).decode()
    if type_name == "INT64":
        return str(value)
    if type_name == "DOUBLE":
        return repr(value)
    return value


class Gathered:
    """Facts that arrive one by one; `until` ends when there are enough of them."""

    def __init__(self):
        self.items = []
        self.changed = asyncio.Condition()

    async def add(self, item):
        async with self.changed:
            self.items.append(item)
            self.changed.notify_all()

    async def until(self, enough):
        async with self.changed:
            await self.changed.wait_for(lambda: enough(self.items))

    async def count(self, n):
        await self.until(lambda items: len(items) >= n)

    def of(self, kind):
        return [item for item in self.items if item["event"] == kind]


def gather(session, selector, type_name):
    """Everything a stream says, in order."""
    seen = Gathered()

    async def on_subscribe(*, topic_path, **_):
        await seen.add({"event": "subscribe", "path": topic_path})

    async def on_unsubscribe(*, topic_path, reason=None, **_):
        name = {"REMOVAL": "REMOVED"}.get(getattr(reason, "name", ""), getattr(reason, "name", str(reason)))
        await seen.add({"event": "unsubscribe", "path": topic_path, "reason": name})

    async def on_value(*, topic_path, topic_value=None, **_):
        await seen.add({"event": "value", "path": topic_path, "value": plain(type_name, topic_value)})

    handler = ValueStreamHandler(
        data_type=TYPES[type_name], subscribe=on_subscribe, unsubscribe=on_unsubscribe, update=on_value
    )
    session.topics.add_value_stream(selector, handler)
    return seen


async def value_of(session, path, type_name):
    """The value of a topic: fetched, which clients can from 6.11 on, or else as a subscriber gets it."""
    if hasattr(session.topics, "fetch_request"):
        result = await session.topics.fetch_request().with_values(TYPES[type_name]).fetch(f">{path}")
        return plain(type_name, result.results[0].value)
    seen = gather(session, f">{path}", type_name)
    await session.topics.subscribe(f">{path}")
    await seen.until(lambda items: any(item["event"] == "value" for item in items))
    await session.topics.unsubscribe(f">{path}")
    return seen.of("value")[0]["value"]


async def paths_of(url, selector):
    """The paths of the topics that a selector selects: fetched, or else as a new subscriber gets them."""
    async with open_session(url) as session:
        if hasattr(session.topics, "fetch_request"):
            return [item.path for item in (await session.topics.fetch_request().fetch(selector)).results]
        seen = gather(session, selector, "STRING")
        await session.topics.subscribe(selector)
        await session.ping_server()
        return sorted(item["path"] for item in seen.of("subscribe"))


def created(response):
    return response == TopicAddResponse.CREATED


async def go_ahead():
    """One line of standard input, by which the harness says “go on”."""
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
