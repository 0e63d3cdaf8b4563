"""Starts the real app as users start it, on a free port of this machine, and ends it afterwards."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

APP = Path(__file__).parents[2] / "dashboard" / "app.py"
START_S = 120


class AppDidNotStart(RuntimeError):
    """The app ended, or did not answer in time; the message is its log."""


@contextmanager
def running_app(folder: Path, **environment: str) -> Iterator[str]:
    """Yield the address of the app started in a folder, with no settings but those given."""
    port = free_port()
    command = (
        *(sys.executable, "-m", "streamlit", "run", str(APP)),
        *("--server.port", str(port), "--server.headless", "true"),
    )
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PIM_")}
    home = {"HOME": str(folder), "USERPROFILE": str(folder)}
    log_file = folder / "log"
    with (
        log_file.open("wb") as log,
        subprocess.Popen(
            command,
            cwd=folder,
            env=inherited | home | environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        ) as process,
    ):
        address = f"http://127.0.0.1:{port}"
        try:
            wait_until_it_answers(address, process, log_file)
            yield address
        finally:
            process.terminate()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def wait_until_it_answers(address: str, process: subprocess.Popen, log_file: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"{address}/healthz", timeout=5):  # noqa: S310 - our own address
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AppDidNotStart(log_file.read_text(errors="replace"))
