"""The supervision models, one file each; a hazard layer names those that are its own."""
