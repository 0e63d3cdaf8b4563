"""Connections to a database are few, are given to whoever waits, and never wait for themselves."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from geodata.engines import connections
from geodata.engines.connections import MOST, Connections
from geodata.errors import BrokenStore
from tests.geodata.postgres import running_server


@pytest.fixture(scope="module")
def server():
    with running_server() as server:
        yield server


def connected(server):
    return Connections(server.address, BrokenStore, "unreadable_layer")


def test_many_threads_share_few_connections_and_all_get_an_answer(server):
    few, open_now, most = connected(server), [], []

    def ask(number):
        with few.one() as database:
            open_now.append(number)
            most.append(len(open_now))
            told = database.execute("select %s::int, pg_sleep(0.01)", (number,)).fetchone()[0]
            open_now.remove(number)
        return told

    with ThreadPoolExecutor(40) as pool:
        assert list(pool.map(ask, range(120))) == list(range(120))
    assert 1 < max(most) <= MOST
    assert len(few._idle) <= connections.IDLE


def test_who_waits_too_long_is_told_that_others_are_at_work(server, monkeypatch):
    monkeypatch.setattr(connections, "WAIT_S", 0.05)
    few, begun, done = connected(server), threading.Barrier(MOST + 1), threading.Event()

    def hold(_):
        with few.one():
            begun.wait()
            done.wait()

    with ThreadPoolExecutor(MOST) as pool:
        holding = pool.map(hold, range(MOST))
        begun.wait()
        with pytest.raises(BrokenStore, match="busy"), few.one():
            pass
        done.set()
        list(holding)
    with few.one() as database:
        assert database.execute("select 1").fetchone() == (1,)


def test_a_thread_that_holds_one_gets_another_even_when_all_are_taken(server):
    few, begun = connected(server), threading.Barrier(MOST)

    def hold(_):
        with few.one():
            begun.wait()
            with few.one() as second:
                return second.execute("select 7").fetchone()

    with ThreadPoolExecutor(MOST) as pool:
        assert list(pool.map(hold, range(MOST))) == [(7,)] * MOST


def test_a_connection_that_the_server_has_ended_is_not_given_to_anybody(server):
    few = connected(server)
    with few.one() as database:
        number = database.info.backend_pid
    with psycopg.connect(server.address, autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s)", (number,))
    with few.one() as database:
        assert database.execute("select 1").fetchone() == (1,)
        assert database.info.backend_pid != number
