"""What each screen shows, asked of the stores: no widget here, and no question in a screen."""
