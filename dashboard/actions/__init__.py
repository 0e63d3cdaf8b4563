"""Every write that a person can cause: may they, is it lawful now, write, say what became of it."""
