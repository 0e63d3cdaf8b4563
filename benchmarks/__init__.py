"""Side-by-side measurements with the usual way of doing the same."""
