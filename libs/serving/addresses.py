"""What is asked for, before anybody looks: no control character in a path or a query.

Nothing here has one in its name, and not every store behind a route can even be asked for U+0000.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from starlette.types import Scope

from libs.serving.bodies import shown
from libs.serving.problems import FieldFault, Problem, bad_fields

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Looked at first, for hardly any query has it: a control character comes percent-encoded.
ENCODED = re.compile(rb"%[01][0-9a-f]|%7f|[\x00-\x1f\x7f]", re.IGNORECASE)


def check_address(scope: Scope) -> None:
    """Raises `Problem`: 404 for such a path, 422 naming the parameters for such a query."""
    if CONTROL.search(scope["path"]):
        raise Problem("absent")
    query: bytes = scope["query_string"]
    if not ENCODED.search(query):
        return
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    bad = [name for name, value in pairs if CONTROL.search(name + value)]
    if bad:
        raise bad_fields([FieldFault(field=shown(name), code="control-character") for name in bad])
