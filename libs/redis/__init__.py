"""Redis, where an installation has one: it makes things faster and is the record of nothing.

Without it, or after FLUSHALL, or while it is away, everything goes on at the pace of looking again
and again. No other package speaks to Redis.
"""
