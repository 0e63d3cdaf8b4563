"""The hazard layers, what they mean together, and how they are drawn."""
