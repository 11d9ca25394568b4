"""Looking at cases from the terminal."""
