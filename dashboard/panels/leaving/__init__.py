"""The panels of the one door by which files leave."""
