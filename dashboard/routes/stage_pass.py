"""A visitor's leave to open one story on stage: signed, naming it, good for a meeting's day.

Longer than the leave for a tile or a picture: a page that is loaded again by mistake, in the
third hour of a meeting, must open.
"""

from dashboard.routes.named_pass import NamedPass

SALT = "stage"
STEP_S, LIFE_S = 3600, 12 * 3600
"""A pass ends at a full hour, at least twelve hours from now."""

STORIES = NamedPass(SALT, LIFE_S, STEP_S)
write_stage_pass, check_stage_pass = STORIES.write, STORIES.check
