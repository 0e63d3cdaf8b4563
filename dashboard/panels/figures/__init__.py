"""The panels of figures, and the row of them over the map."""
