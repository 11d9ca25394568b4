"""The steps of a complaint over HTTP: one route per action that a service owns."""
