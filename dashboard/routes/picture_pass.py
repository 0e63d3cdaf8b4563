"""A visitor's leave to see one picture: signed, short-lived, naming exactly what may be fetched.

As with tiles, the route knows no session: the script decides who sees what and writes the leave
into the address of the picture. A picture that is shown only after a click has no address before.
"""

from dashboard.routes.named_pass import NamedPass
from dashboard.routes.tile_pass import LIFE_S, STEP_S

SALT = "pictures"
PICTURES = NamedPass(SALT, LIFE_S, STEP_S)
write_picture_pass, check_picture_pass = PICTURES.write, PICTURES.check
