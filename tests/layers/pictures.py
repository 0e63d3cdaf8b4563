"""Pictures for tests: features and cases as they stood on a day, from whole cases."""

from geodata import Scope, load_rule_set
from geodata.casebook import casebook_of
from geodata.standing import judge
from layers.situation import dress, see


def look_at(features, cases, scope=Scope(), as_of=None, known_at=None):
    """Return the situation of a scope, each case judged by its own rule set."""
    standing = judge(casebook_of(cases), load_rule_set, as_of, known_at)
    return see(dress(features, standing), standing, scope)
