"""The work on a complaint, from grading to archive."""
