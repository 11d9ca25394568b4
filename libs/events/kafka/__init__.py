"""Carrying the feed over Apache Kafka. The only package that knows its client, aiokafka."""

from __future__ import annotations

import logging

# Where a program has no logging of its own, the client's complaints do not go to the terminal:
# what matters is raised.
logging.getLogger("aiokafka").addHandler(logging.NullHandler())
