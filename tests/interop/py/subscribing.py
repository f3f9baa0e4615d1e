"""Subscribing by each kind of selector, and exact values in order, whether they came whole or as deltas."""

from lib import TYPES, gather, open_session, say

SELECTORS = ["s/a", ">s/b", "?s/b/", "?s/b//", "?s/.*", "?s/b.*", "*s/b.*", "#>s/a////>s/bb", ">s/none"]
PATHS = ["s/a", "s/b", "s/b/c", "s/b/c/d", "s/bb", "other"]


async def selectors(url):
    async with open_session(url) as session:
        for path in PATHS:
            await session.topics.add_and_set_topic(path, TYPES["STRING"], f"value of {path}")
        for selector in SELECTORS:
            async with open_session(url) as reader:
                seen = gather(reader, "?.*//", "STRING")
                await reader.topics.subscribe(selector)
                # Streams run in tasks of their own: a topic subscribed last says that the others have been told.
                await reader.topics.subscribe(">other")
                await seen.until(lambda items: any(item == {"event": "value", "path": "other", "value": "value of other"} for item in items))
                values = [item for item in seen.of("value") if item["path"] != "other"]
                paths = sorted(item["path"] for item in seen.of("subscribe") if item["path"] != "other")
                right = all(item["value"] == f"value of {item['path']}" for item in values) and len(values) == len(paths)
                say({"selector": selector, "subscribed": paths, "values": right})


async def late_topic(url):
    async with open_session(url) as session, open_session(url) as reader:
        seen = gather(reader, "?late//", "STRING")
        await reader.topics.subscribe("?late//")
        await session.topics.add_and_set_topic("late/a", TYPES["STRING"], "first")
        await session.topics.set_topic("late/a", "second", TYPES["STRING"])
        await session.topics.remove_topic(">late/a")
        await session.topics.add_and_set_topic("late/a", TYPES["STRING"], "again")
        await seen.count(6)
        await reader.ping_server()
        for item in seen.items:
            say(item)


LONG = "The quick brown fox jumps over the lazy dog. " * 6
BYTES = bytes(range(256))
TOUCHED = BYTES[:100] + b"\0" + BYTES[101:]

# Small changes in long values, equal values, empty ones, the ends of ranges.
SEQUENCES = {
    "JSON": [
        {"bid": 1.25, "text": LONG, "list": [1, 2, 3]},
        {"bid": 1.5, "text": LONG, "list": [1, 2, 3]},
        {"bid": 1.5, "text": LONG, "list": [1, 2, 3]},
        {"bid": 1.5, "text": LONG, "list": [1, 2, 4, 3]},
        [],
        {"deep": {"er": [[{}]]}},
        "text",
        5,
    ],
    "STRING": [LONG, LONG + "!", f"?{LONG}!", f"?{LONG}!", "ü € 😀", "שלום", ""],
    "BINARY": [BYTES, TOUCHED, TOUCHED + b"\7", b"\1", b""],
    "INT64": [0, -1, 9223372036854775807, -9223372036854775807, 24],
    "DOUBLE": [0.1, -2.5, 1e308, 5e-324],
}


async def values(url):
    async with open_session(url) as session, open_session(url) as reader:
        for name, sequence in SEQUENCES.items():
            path = f"values/{name}"
            kind = TYPES[name]
            await session.topics.add_topic(path, kind)
            seen = gather(reader, f">{path}", name)
            await reader.topics.subscribe(f">{path}")
            for value in sequence:
                await session.topics.set_topic(path, value, kind)
            await seen.count(len(sequence) + 1)
            await reader.ping_server()
            say({"type": name, "values": [item["value"] for item in seen.of("value")]})


def letters(length):
    """Letters that neither repeat soon nor compress well."""
    text, state = [], 1
    for _ in range(length):
        state = (state * 75 + 74) % 65537
        text.append(chr(97 + state % 26))
    return "".join(text)


async def large_values(url):
    """Values that the server sends in several frames."""
    async with open_session(url) as session, open_session(url) as reader:
        await session.topics.add_topic("large", TYPES["STRING"])
        seen = gather(reader, ">large", "STRING")
        await reader.topics.subscribe(">large")
        for length in [60_000, 150_000, 1_000_000]:
            text = letters(length)
            await session.topics.set_topic("large", text, TYPES["STRING"])
            await seen.until(lambda items: items and len(items[-1].get("value") or "") == length)
            say({"length": length, "same": seen.items[-1]["value"] == text})
        await reader.ping_server()


SCENARIOS = {"selectors": selectors, "late_topic": late_topic, "values": values, "large_values": large_values}
