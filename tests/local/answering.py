"""`python -m tests.local.answering`: a process that answers /readyz, or misbehaves as told."""

from __future__ import annotations

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

if os.environ.get("MISBEHAVE") == "break":
    sys.exit("the answer to everything is missing")
if os.environ.get("MISBEHAVE") == "stay":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/crash":
            os._exit(1)
        self.send_response(200)
        self.end_headers()


HTTPServer(("127.0.0.1", int(os.environ["REDRESS_PORT"])), Handler).serve_forever()
