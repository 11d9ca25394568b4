"""Asks the service of this container whether it is ready: `python -m libs.serving.probe`."""

from __future__ import annotations

import http.client
import os
import sys

_ANSWER_WITHIN_S = 4.0


def main() -> int:
    """Exit code 0 when /readyz at REDRESS_PORT answers 200."""
    service = http.client.HTTPConnection(
        "127.0.0.1", int(os.environ["REDRESS_PORT"]), timeout=_ANSWER_WITHIN_S
    )
    try:
        service.request("GET", "/readyz")
        return 0 if service.getresponse().status == http.HTTPStatus.OK else 1
    except OSError:
        return 1
    finally:
        service.close()


if __name__ == "__main__":
    sys.exit(main())
