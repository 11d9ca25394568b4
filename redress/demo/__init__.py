"""The demo: a sample enterprise whose staff work on complaints through the real HTTP services."""
