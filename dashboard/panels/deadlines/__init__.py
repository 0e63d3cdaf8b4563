"""The panels of deadlines."""
