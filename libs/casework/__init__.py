"""The one way a command becomes events (load, decide, seal, append) and a case is read back."""
