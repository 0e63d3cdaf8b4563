"""The panels of the record of acts and of guests."""
