"""Registration at every channel."""
