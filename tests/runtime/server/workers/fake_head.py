"""A head of the standard library alone: it listens, has a child, and ends with its input."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

port, folder = int(sys.argv[1]), Path(sys.argv[2])
if (folder / "broken").exists():
    print("there is no memory")
    sys.exit(1)
child = subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"])
with (folder / "heads").open("a") as note:
    note.write(f"{os.getpid()} {child.pid}\n")
listening = socket.create_server(("127.0.0.1", port))


def end_with_input() -> None:
    while os.read(0, 1024):
        pass
    os._exit(0)


threading.Thread(target=end_with_input, daemon=True).start()
while True:
    listening.accept()[0].close()
