"""The panels of files that come in, and of what they changed."""
