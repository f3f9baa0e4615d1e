"""Publishes to many topics at a steady rate and prints totals: load.py URL TOPICS RATE SECONDS

RATE is updates a second for each topic. A demonstration, not a test: nothing here passes or fails.
"""

import asyncio
import sys
import time

from diffusion import datatypes as data

from lib import open_session, say

# So many requests are under way at once.
IN_FLIGHT = 2000


async def main(url, topics=1000, rate=10.0, seconds=10.0):
    count = int(topics)
    per_second = count * float(rate)
    total = int(per_second * float(seconds))
    paths = [f"load/{i % 100:02}/{i}" for i in range(count)]
    room = asyncio.Semaphore(IN_FLIGHT)
    sent = acknowledged = failed = 0

    def value(i, n):
        return {"topic": i, "n": n, "at": time.time_ns() // 1_000_000, "text": "steady as she goes"}

    async with open_session(url) as session:
        started = time.perf_counter()
        await asyncio.gather(
            *(session.topics.add_and_set_topic(path, data.JSON, value(i, 0)) for i, path in enumerate(paths))
        )
        say({"created": count, "millis": round((time.perf_counter() - started) * 1000)})

        async def update(n):
            nonlocal acknowledged, failed
            i = n % count
            try:
                await session.topics.set_topic(paths[i], value(i, 1 + n // count), data.JSON)
                acknowledged += 1
            except Exception:  # noqa: BLE001 - counted
                failed += 1
            finally:
                room.release()

        begin = said = time.perf_counter()
        running = set()
        while sent < total:
            # What is due follows from the clock, so a late turn catches up and the rate does not drift.
            due = min(total, int((time.perf_counter() - begin) * per_second))
            while sent < due:
                await room.acquire()
                task = asyncio.create_task(update(sent))
                running.add(task)
                task.add_done_callback(running.discard)
                sent += 1
            if time.perf_counter() - said >= 1:
                said = time.perf_counter()
                say({"sent": sent, "acknowledged": acknowledged, "failed": failed})
            await asyncio.sleep(0.005)
        await asyncio.gather(*running)
        took = time.perf_counter() - begin
        say({
            "way": "set", "topics": count, "sent": sent, "acknowledged": acknowledged, "failed": failed,
            "seconds": took, "perSecond": round(sent / took),
        })


if __name__ == "__main__":
    if len(sys.argv) < 2:
        print("usage: load.py URL [TOPICS] [RATE] [SECONDS]", file=sys.stderr)
        sys.exit(2)
    asyncio.run(main(*sys.argv[1:]))
