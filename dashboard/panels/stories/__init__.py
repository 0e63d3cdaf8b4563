"""The panels of the story board."""
