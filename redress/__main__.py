"""`python -m redress` is the `redress` command."""

from __future__ import annotations

from redress.main import main

main()
