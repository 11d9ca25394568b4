"""Procedure files as people work with them: begin one, compare two, read one as a page, publish."""
