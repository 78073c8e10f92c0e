"""Viewers of a dashboard without a browser: `python -m benchmarks.watching.readers PORT COUNT`.

In a process of its own, so that its work is not counted. It ends with its standard input.
"""

from __future__ import annotations

import asyncio
import sys


async def _view(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"GET /dashboard/events HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\r\n"
    writer.write(head.encode())
    await reader.readuntil(b"event: state")
    while await reader.read(65_536):
        pass


async def _main(port: int, count: int) -> None:
    views = [asyncio.create_task(_view(port)) for _ in range(count)]
    await asyncio.sleep(1.0)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    if any(view.done() for view in views):
        sys.exit("a viewer was cut")
    sys.exit(0)


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), int(sys.argv[2])))
