"""The domain, pure: commands, events, state, decisions. No clock, no database, no web."""
