"""The engines behind the doors of `geodata.store`; each file answers to one URL scheme."""
