SELECT max(position) + 1 FROM events.feed
WHERE stream >= %(kind)s || '/' AND stream < %(kind)s || '0'
