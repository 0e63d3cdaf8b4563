"""The panels of site visits."""
