"""The stream: envelope, registry, append, feed, projections. It knows nothing of complaints."""
