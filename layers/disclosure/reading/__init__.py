"""Files read to their last part: texts with where they stand, and what is hidden or broken."""
