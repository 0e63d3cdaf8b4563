"""The panels of evidence."""
