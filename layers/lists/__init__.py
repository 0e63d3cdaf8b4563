"""The lists that rules compare, one file each: who keeps it and what it holds."""
