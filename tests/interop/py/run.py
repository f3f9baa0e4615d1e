"""Runs one scenario of the official Python client: run.py URL SCENARIO [DIRECT_URL]"""

import asyncio
import logging
import os
import sys
import traceback

import structlog

import connecting
import cuts
import fetching
import guards
import messaging
import missing
import series
import subscribing
import topics
from lib import say

# A hang must end as a failure that says so.
LONGEST_SECS = 60

ALL = {
    name.replace("_", "-"): scenario
    for module in (connecting, cuts, fetching, guards, messaging, missing, series, subscribing, topics)
    for name, scenario in module.SCENARIOS.items()
}


async def main():
    if len(sys.argv) < 3 or sys.argv[2] not in ALL:
        print(f"usage: run.py URL SCENARIO [DIRECT_URL]; scenarios: {' '.join(ALL)}", file=sys.stderr)
        return 2
    url, scenario, *direct = sys.argv[1:]
    try:
        await asyncio.wait_for(ALL[scenario](url, *direct), LONGEST_SECS)
        return 0
    except asyncio.TimeoutError:
        say({"hang": scenario})
        return 3
    except Exception:  # noqa: BLE001 - reported as a fact
        say({"broke": scenario, "error": traceback.format_exc()})
        return 1


if __name__ == "__main__":
    # The client logs to standard output unless told otherwise; facts alone belong there.
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    structlog.configure(logger_factory=structlog.stdlib.LoggerFactory(), wrapper_class=structlog.stdlib.BoundLogger)
    code = asyncio.run(main())
    sys.stdout.flush()
    os._exit(code)
