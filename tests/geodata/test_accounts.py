"""Local accounts: passwords are never kept, failures make wait, and nothing tells who exists."""

import os
import sqlite3
import statistics
import time

import pytest

from geodata.accounts import (
    ADDRESS_FORGOTTEN_S,
    ADDRESS_TRIES,
    FIRST_WAIT_S,
    FREE_TRIES,
    LONGEST_WAIT_S,
    MOST_FAILED,
    Accounts,
    _note_address,
)
from geodata.errors import BadAccount, BrokenStore

PASSWORD = "correct horse battery"  # noqa: S105 - of an account made here
NOW = 1_800_000_000.0


@pytest.fixture
def accounts(tmp_path):
    kept = Accounts(tmp_path / "accounts.sqlite")
    kept.add("wang", "王某", "prosecutor", "LZ-XG", PASSWORD)
    return kept


def test_the_right_password_lets_in_and_no_other(accounts):
    assert accounts.sign_in("wang", PASSWORD, NOW).answer == "ok"
    assert accounts.sign_in(" Wang ", PASSWORD, NOW).account.office == "LZ-XG"
    for wrong in ("", PASSWORD.upper(), PASSWORD + " ", "' or 1=1 --", "x" * 10_000):
        assert accounts.sign_in("wang", wrong, NOW).answer == "wrong"


def test_the_file_holds_no_password_and_is_for_its_owner_alone(accounts):
    assert PASSWORD.encode() not in accounts.file.read_bytes()
    assert b"$argon2id$" in accounts.file.read_bytes()
    if os.name == "posix":
        assert accounts.file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["wang", "nobody"])
def test_after_some_failures_a_name_waits_whether_there_is_such_an_account_or_not(accounts, name):
    for _ in range(FREE_TRIES):
        assert accounts.sign_in(name, "wrong password", NOW).answer == "wrong"
    held = accounts.sign_in(name, PASSWORD, NOW)
    assert (held.answer, held.wait_s) == ("wait", FIRST_WAIT_S)
    after = NOW + FIRST_WAIT_S
    assert accounts.sign_in(name, "wrong again", after).answer == "wrong"
    assert accounts.sign_in(name, PASSWORD, after).wait_s == 2 * FIRST_WAIT_S
    assert accounts.sign_in(name, PASSWORD, NOW - 10**9).wait_s <= LONGEST_WAIT_S


def test_who_has_waited_comes_in_and_begins_anew(accounts):
    for _ in range(FREE_TRIES):
        accounts.sign_in("wang", "wrong password", NOW)
    assert accounts.sign_in("wang", PASSWORD, NOW + FIRST_WAIT_S).answer == "ok"
    assert accounts.sign_in("wang", "wrong password", NOW + FIRST_WAIT_S).answer == "wrong"


def test_an_unknown_name_takes_as_long_as_a_wrong_password(accounts):
    def seconds(name):
        begun = time.perf_counter()
        accounts.sign_in(name, "wrong password", NOW)
        return time.perf_counter() - begun

    known = statistics.median(seconds("wang") for _ in range(3))
    unknown = statistics.median(seconds(f"nobody{one}") for one in range(3))
    assert unknown > known / 4  # a hash is reckoned for both; the machine may be busy


def test_a_locked_account_says_nothing_else_than_a_wrong_password(accounts):
    accounts.lock("wang")
    assert accounts.sign_in("wang", PASSWORD, NOW).answer == "wrong"
    accounts.lock("wang", is_locked=False)
    assert accounts.sign_in("wang", PASSWORD, NOW).answer == "ok"


def test_an_account_without_a_password_cannot_sign_in_by_one(accounts):
    accounts.add("gate", "张某", "chief", "LZ-XG")
    assert not accounts.find("gate").has_password
    for tried in ("", "gate", PASSWORD):
        assert accounts.sign_in("gate", tried, NOW).answer == "wrong"


def test_each_change_begins_a_new_epoch(accounts):
    epochs = [accounts.find("wang").epoch]
    accounts.change_password("wang", "another fine password")
    epochs.append(accounts.find("wang").epoch)
    accounts.change_role("wang", "chief", "LZ-CG")
    epochs.append(accounts.find("wang").epoch)
    accounts.lock("wang")
    epochs.append(accounts.find("wang").epoch)
    assert epochs == [1, 2, 3, 4]
    assert accounts.sign_in("wang", PASSWORD, NOW).answer == "wrong"


def test_an_ended_session_stays_ended_until_it_would_have(accounts):
    accounts.end_session("one", NOW + 100, NOW)
    assert Accounts(accounts.file).has_ended("one")
    assert not accounts.has_ended("two")
    accounts.end_session("two", NOW + 500, NOW + 200)
    assert not accounts.has_ended("one")


@pytest.mark.parametrize(
    ("account", "name", "password", "reason"),
    [
        ("Wang", "王某", PASSWORD, "account_form"),
        ("../x", "王某", PASSWORD, "account_form"),
        ("li", " ", PASSWORD, "name_missing"),
        ("li", "李某", "Kurz7", "password_short"),
        ("li", "李某", "aaaaaaaaaaaa", "password_plain"),
        ("li.four", "李某", "my li.four secret", "password_plain"),
        ("wang", "王某", PASSWORD, "account_taken"),
    ],
)
def test_what_cannot_be_an_account_is_refused_by_its_reason(
    accounts, account, name, password, reason
):
    with pytest.raises(BadAccount) as refused:
        accounts.add(account, name, "clerk", "LZ-XG", password)
    assert refused.value.facts["reason"] == reason
    assert password not in str(refused.value)


def test_a_file_that_is_none_of_ours_is_named(tmp_path):
    (tmp_path / "accounts.sqlite").write_bytes(b"something else " * 100)
    with pytest.raises(BrokenStore):
        Accounts(tmp_path / "accounts.sqlite")
    with pytest.raises(BrokenStore):
        Accounts(tmp_path / "nowhere" / "accounts.sqlite")


@pytest.fixture
def tried(accounts):
    """Accounts of which an address has tried so many names that it has to wait, hash by hash."""
    with accounts._opened() as database:
        for _ in range(ADDRESS_TRIES):
            _note_address(database, "10.0.0.7", NOW)
    return accounts


def test_an_address_that_tries_many_names_waits_and_other_addresses_do_not(tried):
    held = tried.sign_in("wang", PASSWORD, NOW, "10.0.0.7")
    assert (held.answer, held.wait_s) == ("wait", FIRST_WAIT_S)
    assert tried.sign_in("wang", PASSWORD, NOW, "::ffff:10.0.0.7").answer == "wait"
    assert tried.sign_in("wang", PASSWORD, NOW, "10.0.0.8").answer == "ok"
    assert tried.sign_in("wang", PASSWORD, NOW).answer == "ok"


def test_a_success_does_not_make_up_for_an_address_and_time_does(tried):
    after = NOW + FIRST_WAIT_S
    assert tried.sign_in("wang", PASSWORD, after, "10.0.0.7").answer == "ok"
    assert tried.sign_in("nobody", "wrong password", after, "10.0.0.7").answer == "wrong"
    assert tried.sign_in("wang", PASSWORD, after, "10.0.0.7").wait_s == 2 * FIRST_WAIT_S
    later = after + ADDRESS_FORGOTTEN_S + 1
    assert tried.sign_in("wang", PASSWORD, later, "10.0.0.7").answer == "ok"


def test_a_failure_counts_for_name_and_address_and_addresses_fill_no_disk(accounts):
    accounts.sign_in("nobody", "wrong password", NOW, "10.0.0.9")
    with accounts._opened() as database:
        asked = "select address, count from addresses"
        assert database.execute(asked).fetchall() == [("10.0.0.9", 1)]
        rows = [(f"a{one}", 1, NOW) for one in range(MOST_FAILED)]
        database.executemany("insert into addresses values (?, ?, ?)", rows)
        _note_address(database, "10.0.0.10", NOW)
        (count,) = database.execute("select count(*) from addresses").fetchone()
    assert count <= MOST_FAILED


def test_a_name_that_is_typed_like_an_address_holds_no_address(accounts):
    for _ in range(FREE_TRIES):
        accounts.sign_in("10.0.0.7", "wrong password", NOW)
    assert accounts.sign_in("wang", PASSWORD, NOW, "10.0.0.7").answer == "ok"


def test_sessions_of_who_was_removed_are_not_those_of_the_next_one_of_that_name(accounts):
    accounts.lock("wang")
    before = accounts.find("wang").epoch
    accounts.remove("wang")
    assert accounts.add("wang", "汪某", "clerk", "LZ-CG", PASSWORD).epoch > before


def test_a_file_of_an_older_version_keeps_its_accounts(tmp_path):
    file = tmp_path / "accounts.sqlite"
    Accounts(file).add("wang", "王某", "prosecutor", "LZ-XG", PASSWORD)
    with sqlite3.connect(file) as database:
        for table in ("addresses", "gone"):
            database.execute(f"drop table {table}")
        database.execute("pragma user_version = 1")
    database.close()
    kept = Accounts(file)
    assert kept.sign_in("wang", "wrong password", NOW, "10.0.0.7").answer == "wrong"
    assert kept.sign_in("wang", PASSWORD, NOW).answer == "ok"
