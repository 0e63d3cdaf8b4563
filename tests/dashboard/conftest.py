"""The demonstration's data, written once; whoever writes to it has a copy of their own."""

import shutil

import pytest
import streamlit

from dashboard import holdings
from geodata import open_cases
from geodata.engines.folder import create_feature_store
from geodata.sample import write_sample


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    """A data folder with the demonstration, which nobody writes to.

    Its evidence is kept and every rule has run once, as after a first start: or each copy would
    be made to do so by the first screen that asks for them, which takes seconds.
    """
    folder = tmp_path_factory.mktemp("sample") / "data"
    features = create_feature_store(folder / "features")
    write_sample(features, open_cases(f"sqlite:{folder / 'cases.sqlite'}"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIM_DATA_FOLDER", str(folder))
        streamlit.cache_resource.clear()
        assert holdings.evidence().items()
        assert holdings.findings().runs()
        streamlit.cache_resource.clear()
    return folder


@pytest.fixture
def data(sample, tmp_path, monkeypatch):
    """A copy of the demonstration of this test's own, at which the settings point."""
    shutil.copytree(sample, tmp_path / "data")
    monkeypatch.setenv("PIM_DATA_FOLDER", str(tmp_path / "data"))
    streamlit.cache_resource.clear()
    yield tmp_path / "data"
    streamlit.cache_resource.clear()


@pytest.fixture
def installation(sample, tmp_path, monkeypatch):
    """A folder that the app runs in, as the second start finds it: nobody has set anything."""
    shutil.copytree(sample, tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    for name in ("PIM_DATA_FOLDER", "PIM_TARGETS_FILE", "PIM_MAX_FILE_MB"):
        monkeypatch.delenv(name, raising=False)
    streamlit.cache_resource.clear()
    yield tmp_path
    streamlit.cache_resource.clear()
