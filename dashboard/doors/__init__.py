"""Who comes in: visitors, their rights, the gate before every path, the record of what they did."""
