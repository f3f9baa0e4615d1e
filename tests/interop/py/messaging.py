"""Requests between sessions: to a path, to a session, to a filter."""

from diffusion.handlers import EventStreamHandler
from diffusion.messaging import RequestHandler

from lib import Gathered, TYPES, error_name, failure, go_ahead, open_session, say

STRING = TYPES["STRING"]


def answering(answer):
    """A handler or stream of texts."""

    async def on_request(request, **told):
        return answer(request, **told)

    return RequestHandler(on_request, STRING, STRING)


def refuse(_request, **_):
    raise ValueError("not today")


async def ask(session, path, value):
    """What comes of a request to a path."""
    return await failure(session.messaging.send_request_to_path(path, STRING(value)))


async def ask_filter(session, session_filter, path, value, expected):
    """What sessions answer to a request by filter; this client tells no errors."""
    heard = Gathered()

    async def on_response(response, **_):
        await heard.add(str(response))

    session.messaging.add_filter_response_handler(session_filter, handler=EventStreamHandler(response=on_response))
    try:
        count = await session.messaging.send_request_to_filter(
            session_filter=session_filter, path=path, request=STRING(value)
        )
    except Exception as error:  # noqa: BLE001 - whichever the client raises is the fact
        return {"refused": error_name(error)}
    await heard.count(expected)
    return {"count": count, "answers": sorted(heard.items)}


async def messages_of_this_client(url):
    """Handler, target and sender are all of this client."""
    async with open_session(url) as session, open_session(url, principal="client") as other:
        asked = []

        def echo(request, *, path=None, session_properties=None, sender_session_id=None, **_):
            properties = session_properties or {}
            own = str(sender_session_id) == str(other.session_id)
            asked.append({"request": request, "path": path, "id": own, **properties})
            return f"{request}!"

        await session.messaging.add_request_handler("m/echo", answering(echo), ("$Principal", "$Roles"))
        say({"again": await failure(session.messaging.add_request_handler("m/echo", answering(echo)))})
        say({"denied": await failure(other.messaging.add_request_handler("m/denied", answering(echo)))})
        say({"answer": await ask(other, "m/echo", "one")})
        for item in asked:
            say(item)
        await session.messaging.add_request_handler("m/reject", answering(refuse))
        say({"rejected": await ask(other, "m/reject", "x")})
        say({"nobody": await ask(other, "nobody/here", "x")})
        other.messaging.add_stream_handler("m/you", answering(lambda request, **_: f"you said {request}"), addressed=True)

        async def ask_session(sender, target, path, value):
            sent = sender.messaging.send_request_to_session(path, target.session_id, value)
            return await failure(sent)

        say({"you": await ask_session(session, other, "m/you", STRING("hello"))})
        say({"otherType": await ask_session(session, other, "m/you", TYPES["DOUBLE"](5.0))})
        say({"deniedToSession": await ask_session(other, session, "m/you", STRING("x"))})
        say(await ask_filter(session, '$Principal is "client"', "m/you", "all of you", 1))
        say(await ask_filter(session, '$Principal is "nobody"', "m/you", "x", 0))


async def messages_handled(url):
    """The sender is another client."""
    async with open_session(url) as session, open_session(url, principal="operator") as target:
        asked = []

        def text(request, *, path=None, session_properties=None, **_):
            asked.append({"request": request, "path": path, **(session_properties or {})})
            return f"heard {request}"

        await session.messaging.add_request_handler("m/text", answering(text), ("$Principal",))
        await session.messaging.add_request_handler("m/reject", answering(refuse))
        target.messaging.add_stream_handler("m/you", answering(lambda request, **_: f"you said {request}"), addressed=True)
        say({"step": "ready"})
        await go_ahead()
        for item in asked:
            say(item)


async def messages_asked(url):
    """The handler is another client."""
    async with open_session(url) as session:
        say({"path": "m/text", "answer": await ask(session, "m/text", "a question")})
        say({"path": "m/text", "answer": await ask(session, "m/text", "ä € 𝄞")})
        say({"path": "m/reject", "answer": await ask(session, "m/reject", "x")})
        say({"path": "m/nobody", "answer": await ask(session, "m/nobody", "x")})
        say(await ask_filter(session, '$Principal is "operator"', "m/you", "hello", 1))
        bad = await ask_filter(session, "hello", "m/you", "hello", 0)
        say({"badFilter": "refused" in bad})


SCENARIOS = {
    "messages_of_this_client": messages_of_this_client,
    "messages_handled": messages_handled,
    "messages_asked": messages_asked,
}
