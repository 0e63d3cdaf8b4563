"""The panels of papers."""
