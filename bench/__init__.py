"""Measurements against peers, side by side: `make bench`, or `make bench BENCH=append-1,feed-read`.

A module of this package joins in by a list `MEASUREMENTS`. The machine's speed never enters a
result: ours and the peer's rounds alternate in one run on one server, and what counts is the ratio.
"""
