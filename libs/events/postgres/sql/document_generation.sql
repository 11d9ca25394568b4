SELECT count(*) FROM events.publications
