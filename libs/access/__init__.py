"""Who someone is, what he may see, and how personal data stays sealed."""
