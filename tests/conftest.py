"""Property tests are not timed: the first call of a compiled loop loads or compiles it.

Every run draws other examples, so that many runs of few find what one run of many would;
`pytest --hypothesis-profile=thorough` draws many times as many where a test names no number.
"""

from hypothesis import settings

settings.register_profile("untimed", deadline=None, max_examples=30)
settings.register_profile("thorough", deadline=None, max_examples=500)
settings.load_profile("untimed")
