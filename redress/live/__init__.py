"""Told cases played through the running services, over HTTP, on the clock of a simulation."""
