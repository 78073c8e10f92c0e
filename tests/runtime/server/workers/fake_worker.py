"""A worker of the standard library alone, which starts in no time: it tells each client its number.

How it behaves stands in a file beside the hub, one word a line: `N fails`, `N stays`, `N waits`.
"""

import json
import os
import signal
import socket
import struct
import sys
import threading
import time
from pathlib import Path
from typing import Any

HEAD = struct.Struct("!IdBI")


def frame(number: int, word: str, body: bytes = b"") -> bytes:
    return HEAD.pack(number, 0.0, len(word), len(body)) + word.encode() + body


def main(place: dict[str, Any]) -> None:
    folder = Path(place["hub"]).parent
    number = str(place["number"])
    orders = (folder / "orders").read_text().splitlines()
    with (folder / "started").open("a") as note:
        note.write(f"{number} {os.getpid()} {place['cluster']}\n")
    if f"{number} fails" in orders:
        sys.exit(2)

    while f"{number} waits" in orders and not (folder / "go").exists():
        time.sleep(0.01)

    def reload(_number: int, _frame: object) -> None:
        (folder / f"reloaded{number}").touch()

    signal.signal(signal.SIGHUP, reload)
    line = socket.socket(socket.AF_UNIX)
    line.connect(place["hub"])
    listening = socket.socket(fileno=place["sockets"][0])
    listening.listen()
    listening.setblocking(True)
    line.sendall(frame(1, "hello", number.encode()) + frame(0, "ready"))
    threading.Thread(target=watch, args=(line, f"{number} stays" in orders), daemon=True).start()
    while True:
        client, _ = listening.accept()
        client.sendall(number.encode())
        client.close()


def watch(line: socket.socket, stays: bool) -> None:
    """Answers pings, and ends with the supervisor or when it says so."""
    while head := line.recv(HEAD.size, socket.MSG_WAITALL):
        number, _, word, body = HEAD.unpack(head)
        told = line.recv(word + body, socket.MSG_WAITALL)[:word]
        if told == b"end" and not stays:
            os._exit(0)
        if number:
            line.sendall(frame(number, "answer"))
    os._exit(3)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
