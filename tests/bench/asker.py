"""A second process that asks `/cert help` at a steady rate and prints how long each answer took, as JSON seconds.

    python -m tests.bench.asker URL RESPONSE_URL CHANNEL MEMBER RATE SECONDS     (signing secret on standard input)

Requests start on a fixed timetable, whether or not earlier ones were answered, so that a stall is seen by every
request that falls into it. Ten requests before that are not counted: they pay for imports and connections here.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from urllib.parse import urlencode

import aiohttp
from slack_sdk.signature import SignatureVerifier


async def ask(session: aiohttp.ClientSession, url: str, secret: str, body: str) -> float:
    stamp = str(int(time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature or "",
    }
    started = time.perf_counter()
    async with session.post(url, data=body, headers=headers) as answer:
        await answer.read()
        answer.raise_for_status()
    return time.perf_counter() - started


async def main(url: str, response_url: str, who: dict[str, str], rate: float, seconds: float) -> list[float]:
    secret = sys.stdin.readline().strip()
    body = urlencode(
        {
            "command": "/cert",
            "text": "help",
            **who,
            "team_id": "T0PRACTICE",
            "trigger_id": "1.2.3",
            "response_url": response_url,
        }
    )
    async with aiohttp.ClientSession() as session:
        for _ in range(10):
            await ask(session, url, secret, body)
        start = time.perf_counter()
        asked = []
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
            asked.append(asyncio.create_task(ask(session, url, secret, body)))
        return list(await asyncio.gather(*asked))


if __name__ == "__main__":
    address, answers, where, person, per_second, length = sys.argv[1:]
    asking = {"channel_id": where, "user_id": person}
    print(json.dumps(asyncio.run(main(address, answers, asking, float(per_second), float(length)))))
