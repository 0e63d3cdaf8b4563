"""Many people at once: real sessions over websockets that filter, pan, open cases, and leave.

The people are clients of the protocol that browsers speak with the app: a click is the same
message, and it is answered when the script has run to its end and what a map shows is there.
What a browser draws afterwards is not in these times.
"""

import asyncio
import itertools
import random
import re
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import reduce
from http.client import HTTPConnection
from pathlib import Path
from subprocess import DEVNULL, Popen
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from benchmarks.big_data import make_folder
from geodata.sample import SAMPLE_ON
from tests.browser.server import free_port, wait_until_it_answers

PEOPLE, MINUTES, PARCELS = 50, 5.0, 100_000
THINK_S = (4.0, 16.0)
"""How long somebody looks before the next act, from and to; every length as likely."""

LONGEST_S = 60.0
OFFICES = ("LZ-CG", "LZ-QLH", "LZ-XG", "LZ-AN", "LZ-HG", "LZ-YD", "LZ-GL", "LZ-YZ", "LZ-XQ")
SCREENS = ("overdue", "figures", "findings", "rule_set")
FIGURES = ("cases_open", "cases_overdue", "hazards_found", "reply_rate")
CASE = re.compile(rb"LZ-[A-Z]+-20\d\d-\d{3}")
SHOWN = re.compile(rb"shown/[0-9a-f]+\.json\?pass=[\w.%-]+")
TILES = re.compile(rb'tiles/[^"\\<> {}]+/\{z\}/\{x\}/\{y\}\.mvt\?[^"\\<> ]+')
"""What a map draws, and where its tiles are asked for."""


@dataclass
class Seen:
    """What all people together have met: seconds by kind of act, failures, bytes."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    received: int = 0

    @property
    def all_s(self) -> list[float]:
        """Return the seconds of every act."""
        return list(itertools.chain.from_iterable(self.seconds.values()))


@dataclass(frozen=True)
class Load:
    """What so many people met, and what the app held before, at the end and after they left."""

    people: int
    minutes: float
    seen: Seen
    rss_mib: dict[str, float]
    sessions: dict[str, int]


class Person:
    """Somebody with the app open: a websocket, the ids of widgets, the address."""

    def __init__(self, number: int, address: str, seen: Seen) -> None:
        self.chance = random.Random(number)  # noqa: S311 - a run that can be repeated
        self.address, self.seen = address, seen
        self.widgets: dict[str, str] = {}
        self.states: dict[str, WidgetState] = {}
        self.query, self.cases, self.tiles = "", [b"LZ-CG-2025-001"], ""

    async def use(self, until: float) -> None:
        """Come, act until the time is up, and leave."""
        host = urlsplit(self.address).netloc
        try:
            async with connect(
                f"ws://{host}/_stcore/stream",
                origin=Origin(f"http://{host}"),
                subprotocols=[Subprotocol("streamlit")],
                max_size=None,
            ) as socket:
                await asyncio.sleep(self.chance.uniform(0, THINK_S[1]))
                await self._ask(socket, "opening")
                acts: Sequence[Callable[[ClientConnection], Awaitable[None]]] = (
                    self._filter, self._filter, self._filter, self._figure, self._open_case,
                    self._screen, self._pan,
                )  # fmt: skip
                while time.monotonic() < until:
                    await asyncio.sleep(self.chance.uniform(*THINK_S))
                    await self.chance.choice(acts)(socket)
        except Exception as trouble:  # noqa: BLE001 - whatever it is, it is counted and shown
            self.seen.errors.append(f"{type(trouble).__name__}: {trouble}"[:200])

    async def _filter(self, socket: ClientConnection) -> None:
        await self._go("")  # filters stand on the overview
        chosen = self.chance.sample(OFFICES, self.chance.randint(0, 2))
        name = next((one for one in self.widgets if one.startswith("filter-jurisdictions")), "")
        state = WidgetState(id=self.widgets.get(name, ""))
        state.string_array_value.data.extend(chosen)
        await self._ask(socket, "a filter", state if name else None)

    async def _figure(self, socket: ClientConnection) -> None:
        await self._go("")
        name = f"indicator-{self.chance.choice(FIGURES)}"
        state = WidgetState(id=self.widgets.get(name, ""), trigger_value=True)
        await self._ask(socket, "a figure", state if name in self.widgets else None)

    async def _open_case(self, socket: ClientConnection) -> None:
        await self._go(f"screen=case_file&sel=case:{self.chance.choice(self.cases).decode()}")
        await self._ask(socket, "a case file")

    async def _screen(self, socket: ClientConnection) -> None:
        await self._go(f"screen={self.chance.choice(SCREENS)}")
        await self._ask(socket, "another screen")

    async def _pan(self, _: ClientConnection) -> None:
        if not self.tiles:
            return
        x, y = self.chance.randint(12900, 12920), self.chance.randint(6420, 6440)
        started = time.monotonic()
        found = await asyncio.gather(
            *(self._fetch(x + east, y + south) for east in range(4) for south in range(3))
        )
        self.seen.seconds["a pan, 12 tiles"].append(time.monotonic() - started)
        self.seen.errors += [f"tile {status}" for status in found if status >= 400]  # noqa: PLR2004

    async def _fetch(self, x: int, y: int) -> int:
        places = {"{z}": "14", "{x}": str(x), "{y}": str(y), "{day}": SAMPLE_ON.isoformat()}
        path = reduce(lambda told, one: told.replace(*one), places.items(), self.tiles)
        status, _ = await asyncio.to_thread(_get, self.address, f"/{path}")
        return status

    async def _go(self, query: str) -> None:
        if query != self.query:
            self.states.clear()  # widgets of another screen are gone
        self.query = query

    async def _ask(
        self, socket: ClientConnection, what: str, state: WidgetState | None = None
    ) -> None:
        message = BackMsg()
        message.rerun_script.query_string = self.query
        if state is not None:
            self.states[state.id] = state
        message.rerun_script.widget_states.widgets.extend(self.states.values())
        if state is not None and state.HasField("trigger_value"):
            del self.states[state.id]
        self.shown = ""
        started = time.monotonic()
        await socket.send(message.SerializeToString())
        async with asyncio.timeout(LONGEST_S):
            while not self._is_end(await socket.recv()):
                pass
        if self.shown:
            _, body = await asyncio.to_thread(_get, self.address, f"/{self.shown}")
            if found := TILES.search(body):
                self.tiles = found[0].decode()
        self.seen.seconds[what].append(time.monotonic() - started)

    def _is_end(self, raw: str | bytes) -> bool:
        assert isinstance(raw, bytes)
        self.seen.received += len(raw)
        self.cases = list({*self.cases, *CASE.findall(raw)})
        if found := SHOWN.search(raw):
            self.shown = found[0].decode()
        told = ForwardMsg.FromString(raw)
        if told.WhichOneof("type") == "delta":
            if told.delta.new_element.HasField("exception"):
                self.seen.errors.append(told.delta.new_element.exception.message[:200])
            self._learn(told)
        return told.WhichOneof("type") == "script_finished"

    def _learn(self, told: ForwardMsg) -> None:
        element = told.delta.new_element
        kind = element.WhichOneof("type")
        if kind in {"button", "multiselect"}:
            one = getattr(element, kind)
            self.widgets[_key_of(one.id)] = one.id


def _key_of(widget_id: str) -> str:
    """Return the key that a widget was given, the end of its id."""
    return re.sub(r"^\$\$ID-[0-9a-f]+-", "", widget_id)


def _get(address: str, path: str) -> tuple[int, bytes]:
    connection = HTTPConnection(urlsplit(address).netloc, timeout=LONGEST_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def measure(people: int = PEOPLE, minutes: float = MINUTES, parcels: int = PARCELS) -> Load:
    """Have people use the app for some minutes in two shifts, and look what it holds."""
    with TemporaryDirectory() as folder:
        make_folder(Path(folder) / "data", parcels)
        with _app(Path(folder)) as (address, process):
            rss, sessions = {}, {}
            asyncio.run(Person(0, address, Seen()).use(time.monotonic() + 5))
            rss["warm, nobody there"] = _rss_mib(process)
            seen = Seen()
            for shift in ("first", "second"):
                until = time.monotonic() + 30 * minutes
                asyncio.run(_all_use(people, address, seen, until))
                rss[f"at the end of the {shift} shift"] = _rss_mib(process)
                sessions[f"at the end of the {shift} shift"] = _sessions(address)
            time.sleep(150)  # a session that lost its connection may come back for two minutes
            rss["two and a half minutes after all left"] = _rss_mib(process)
            sessions["two and a half minutes after all left"] = _sessions(address)
    return Load(people, minutes, seen, rss, sessions)


async def _all_use(people: int, address: str, seen: Seen, until: float) -> None:
    await asyncio.gather(*(Person(one, address, seen).use(until) for one in range(people)))


@contextmanager
def _app(folder: Path) -> Iterator[tuple[str, int]]:
    port = free_port()
    app = Path(__file__).parents[1] / "dashboard" / "app.py"
    command = [
        *(sys.executable, "-m", "streamlit", "run", str(app), "--server.headless", "true"),
        *("--server.address", "127.0.0.1", "--server.port", str(port)),
    ]
    log = folder / "log"
    with (
        log.open("wb") as told,
        Popen(command, cwd=folder, stdin=DEVNULL, stdout=told, stderr=told) as app_process,
    ):
        address = f"http://127.0.0.1:{port}"
        try:
            wait_until_it_answers(address, app_process, log)
            yield address, app_process.pid
        finally:
            app_process.terminate()


def _rss_mib(process: int) -> float:
    told = Path(f"/proc/{process}/smaps_rollup").read_text("ascii")
    found = re.search(r"Anonymous:\s+(\d+) kB", told)
    return float(found[1]) / 1024 if found else 0.0


def _sessions(address: str) -> int:
    connection = HTTPConnection(urlsplit(address).netloc, timeout=LONGEST_S)
    connection.request("GET", "/_stcore/metrics")
    told = connection.getresponse().read().decode()
    connection.close()
    found = re.search(r"^active_sessions\S* (\d+)", told, re.MULTILINE)
    return int(found[1]) if found else -1


def table(load: Load) -> str:
    """Return what was met as tables in Markdown."""
    lines = ["| act | times | median | 95 % | longest |", "|---|---|---|---|---|"]
    groups = {**load.seen.seconds, "all": load.seen.all_s}
    for what, seconds in groups.items():
        ordered = sorted(seconds)
        late = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
        told = (f"{one:.2f} s" for one in (statistics.median(ordered), late, ordered[-1]))
        lines.append(f"| {what} | {len(ordered)} | {' | '.join(told)} |")
    lines += ["", f"errors: {len(load.seen.errors)}", *load.seen.errors[:10]]
    lines += ["", "| when | memory of its own | sessions |", "|---|---|---|"]
    for when, mib in load.rss_mib.items():
        lines.append(f"| {when} | {mib:.0f} MiB | {load.sessions.get(when, '')} |")
    return "\n".join(lines)


if __name__ == "__main__":
    numbers = [float(one) for one in sys.argv[1:]]
    print(table(measure(*(int(numbers[0]),) if numbers else (), *numbers[1:2])))
