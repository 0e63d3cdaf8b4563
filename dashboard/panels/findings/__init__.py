"""The panels of findings."""
