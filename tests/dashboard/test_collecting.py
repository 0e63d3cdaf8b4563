"""What is there from the start is not looked through again after every run (decision 0039)."""

import gc
import tomllib
from pathlib import Path

import pytest
from streamlit import config

from dashboard import app


def test_what_is_read_at_the_start_is_set_aside_from_collections(installation):
    assert installation.exists()
    before = gc.get_freeze_count()
    try:
        app._read_ahead()  # what a server does while it starts
        assert gc.get_freeze_count() > before + 100_000
    finally:
        gc.unfreeze()


def test_streamlit_knows_the_switch_that_is_set():
    settings = tomllib.loads(
        Path(app.__file__).with_name(".streamlit").joinpath("config.toml").read_text("utf-8")
    )
    assert settings["runner"] == {"postScriptGC": False}
    config.get_option("runner.postScriptGC")
    assert config.get_option("runner.postScriptGC") in {True, False}
    with pytest.raises(RuntimeError, match="postScriptGCs"):
        config.get_option("runner.postScriptGCs")
