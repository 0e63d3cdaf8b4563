"""Stories become files: one module per format, all drawing their maps with `picture`."""
