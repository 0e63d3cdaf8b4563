"""Drawn pieces shared by screens: each takes data and returns what was clicked."""
