"""What a browser fetches beside the pages, and the passes that let it."""
