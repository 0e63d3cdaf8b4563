"""One script per screen: ask, show."""
