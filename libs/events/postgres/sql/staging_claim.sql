SELECT pg_try_advisory_lock(hashtextextended(%(staging)s, 4))
