"""Persistence for the library `eventsourcing` over the product's own append and feed."""
