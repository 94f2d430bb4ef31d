"""Async client: a run streamed over a WebSocket beside a terminal of the same session."""

import asyncio
import json

from workbench.wire import AsyncSession
from workbench.wire.compute import ComputeSession

CODE = """
name = input("who? ")
for number in range(3):
    print(number, name)
"""


async def run(kern: ComputeSession) -> None:
    """Stream one run and answer its question."""
    async with kern.stream_execute(CODE) as stream:
        async for message in stream:
            frame = json.loads(message.data)
            for _kind, data in frame["console"] or []:
                print(data, end="")
            if frame["status"] == "waiting-input":
                await stream.send_str("bob")
            elif frame["status"] == "finished":
                print(f"exit {frame['exitCode']}")


async def terminal(kern: ComputeSession) -> None:
    """Type into the session's terminal until it answers."""
    async with kern.stream_pty() as pty:
        await pty.send(b"echo from the term''inal\n")
        seen = b""
        while b"from the terminal" not in seen:
            data = await pty.receive()
            assert data is not None, "the terminal ended"
            seen += data
    print("terminal answered")


async def main() -> None:
    """Both at once, then away with it."""
    async with AsyncSession() as session:
        kern = await session.ComputeSession.get_or_create("python", client_token="programs-streaming")
        try:
            await run(kern)
            await terminal(kern)
            print([item.name for item in await session.ComputeSession.list() if item.id == kern.id])
        finally:
            await kern.destroy()


asyncio.run(main())
