"""The watchdog: clocks, warnings, misses, urging."""
