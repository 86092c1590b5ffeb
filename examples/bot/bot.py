"""A bot in a live chat: it comes in, says hello, and answers `!gifts` and `!watching` until the session is over.

pip install supabase
python bot.py bo@example.com sahne-demo
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from realtime import AsyncRealtimeChannel, RealtimeSubscribeStates
from realtime import RealtimePostgresChangesListenEvent as Changes

from supabase import AsyncClient, acreate_client

URL = os.environ.get("SAHNE_URL", "http://127.0.0.1:54321")
KEY = os.environ.get("SAHNE_KEY", "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH")
SUBSCRIBE_SECONDS_MAX = 10


async def main(email: str, password: str) -> None:
    """Sign in, find who is live, stay until the end."""
    sahne = await acreate_client(URL, KEY)
    user = (await sahne.auth.sign_in_with_password({"email": email, "password": password})).user
    live = await sahne.table("live_sessions").select("id, title").eq("status", "live").limit(1).execute()
    if not live.data:
        sys.exit("Nobody is live.")
    bot = Bot(sahne, str(user.id), live.data[0]["id"])
    print(f"in {live.data[0]['title']}", flush=True)
    await bot.stay()


class Bot:
    """Somebody in one session. Lines are read one after the other, so that answers keep their order."""

    def __init__(self, sahne: AsyncClient, own_id: str, session_id: str) -> None:
        self.sahne, self.own_id, self.session_id = sahne, own_id, session_id
        self.lines: asyncio.Queue[str | None] = asyncio.Queue()

    async def stay(self) -> None:
        """Listen first, then come in: what is said in between is heard."""
        channel = self.sahne.channel("bot")
        here = f"session_id=eq.{self.session_id}"
        channel.on_postgres_changes(Changes.Insert, self.heard, table="live_messages", filter=here)
        channel.on_postgres_changes(
            Changes.Update, self.changed, table="live_sessions", filter=f"id=eq.{self.session_id}"
        )
        await subscribed(channel)
        await self.sahne.functions.invoke(f"live/sessions/{self.session_id}/join", {"body": {}})
        await self.say("Hello, I am a bot. Ask me !gifts or !watching.")
        while (line := await self.lines.get()) is not None:
            if answer := await self.answer(line):
                await self.say(answer)
        await self.sahne.remove_all_channels()

    def heard(self, change: dict[str, Any]) -> None:
        """A new line of somebody else. It is data: the bot knows two words and does nothing else that it says."""
        line = change["data"]["record"]
        if line["sender_profile_id"] != self.own_id:
            self.lines.put_nowait(line["content"])

    def changed(self, change: dict[str, Any]) -> None:
        """The session is over."""
        if change["data"]["record"]["status"] == "ended":
            self.lines.put_nowait(None)

    async def answer(self, line: str) -> str | None:
        """What the bot knows."""
        if line == "!gifts":
            gifts = await self.sahne.table("gifts").select("name, coin_price").order("coin_price").limit(3).execute()
            return ", ".join(f"{gift['name']} ({gift['coin_price']})" for gift in gifts.data)
        if line == "!watching":
            found = self.sahne.table("live_sessions").select("viewer_count").eq("id", self.session_id)
            return f"{(await found.single().execute()).data['viewer_count']} watching"
        return None

    async def say(self, content: str) -> None:
        """A chat line is a row; row-level security says who may write it."""
        line = {"session_id": self.session_id, "sender_id": self.own_id, "sender_profile_id": self.own_id}
        await self.sahne.table("live_messages").insert({**line, "content": content}).execute()
        print(json.dumps(content), flush=True)


async def subscribed(channel: AsyncRealtimeChannel) -> None:
    """Wait until the server says that it listens: `subscribe` alone has only asked it to."""
    listening = asyncio.Event()
    await channel.subscribe(lambda state, _: listening.set() if state == RealtimeSubscribeStates.SUBSCRIBED else None)
    await asyncio.wait_for(listening.wait(), SUBSCRIBE_SECONDS_MAX)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
