"""Fetching with each option."""

from diffusion import datatypes as data
from diffusion.features.topics import TopicSpecification  # noqa: F401 - named by the annotations of the client

from lib import open_session, plain, say


async def paths(request, selector):
    result = await request.fetch(selector)
    return {"paths": [item.path for item in result.results], "more": result.has_more}


async def content(session):
    from diffusion.features.topics.details.topic_specification import TopicDeliveryPriority

    text = data.STRING.with_properties(PRIORITY=TopicDeliveryPriority.HIGH)
    for path in ["f/a", "f/b", "f/b/c", "f/d", "f/e"]:
        await session.topics.add_and_set_topic(path, text, f"value of {path}")
    await session.topics.add_and_set_topic("f/n", data.INT64, 7)
    await session.topics.add_topic("f/none", data.STRING)
    for path in ["x/0", "x/x/1", "x/x/x/2", "y/y/y/y/3", "y/y/y/4", "z/5", "z/z/6"]:
        await session.topics.add_topic(f"deep/{path}", data.STRING)


async def fetch(url):
    async with open_session(url) as session:
        await content(session)
        request = session.topics.fetch_request
        say({"all": await paths(request(), "?f//")})
        say({"from": await paths(request().from_("f/b"), "?f//")})
        say({"after": await paths(request().after("f/b"), "?f//")})
        say({"to": await paths(request().to("f/d"), "?f//")})
        say({"before": await paths(request().before("f/d"), "?f//")})
        say({"between": await paths(request().after("f/a").before("f/e"), "?f//")})
        say({"first": await paths(request().first(2), "?f//")})
        say({"last": await paths(request().last(2), "?f//")})
        say({"none": await paths(request().first(0), "?f//")})
        say({"types": await paths(request().topic_types({data.INT64}), "?f//")})
        say({"path": await paths(request(), ">f/b")})
        say({"absent": await paths(request(), ">f/zzz")})
        say({"depth2": await paths(request().limit_deep_branches(2, 1), "?deep//")})
        say({"depth4": await paths(request().limit_deep_branches(4, 0), "?deep//")})

        texts = await request().with_values(data.STRING).fetch("?f//")
        for item in texts.results:
            say({"path": item.path, "value": plain("STRING", item.value)})
        described = await request().with_properties().fetch("#>f/a////>f/n")
        for item in described.results:
            properties = {key: plain("STRING", value) for key, value in item.specification.properties.items()}
            say({"path": item.path, "type": item.specification.topic_type.type_code, "properties": properties})

        walked, more = [], True
        while more:
            page = request().with_values(data.STRING).maximum_result_size(60)
            result = await (page.after(walked[-1]) if walked else page).fetch("?f//")
            walked += [item.path for item in result.results]
            more = result.has_more
        say({"walked": walked})


SCENARIOS = {"fetch": fetch}
