"""The event store on PostgreSQL; the only place that speaks to the database driver."""
