"""Drawing: one vocabulary of signs, on screen and on paper."""
