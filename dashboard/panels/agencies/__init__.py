"""The panels of lists for agencies, of their replies, and of joint inspections."""
