"""The hazard layers: one file each, complete in itself."""
