"""Missing topics: this client cannot handle them, but misses some."""

from lib import gather, open_session, say


async def missing_topics_of_this_client(url):
    async with open_session(url, principal="client") as reader:
        seen = gather(reader, "?mt//", "STRING")
        await reader.topics.subscribe(">mt/py")
        await seen.count(2)
        for item in seen.items:
            say(item)


SCENARIOS = {"missing_topics_of_this_client": missing_topics_of_this_client}
