"""Timelines, exports, rates, metrics."""
