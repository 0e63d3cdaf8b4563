"""The panels of a case file."""
