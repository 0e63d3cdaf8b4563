"""Property tests are not timed: the first call of a compiled loop loads or compiles it.

`pytest` draws the same few examples each time, so that a change is judged by what it changed;
`pytest --hypothesis-profile=thorough` draws other ones every time, and many times as many where a
test names no number. What that finds becomes an `@example` of its test.
"""

from hypothesis import settings
from streamlit import config

settings.register_profile("untimed", deadline=None, max_examples=30, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=500)
settings.load_profile("untimed")

# As dashboard/.streamlit/config.toml has it, which scripts under AppTest do not read.
config.set_option("runner.postScriptGC", value=False)
