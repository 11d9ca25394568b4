"""The dashboards by name, and the JSON of each."""

from __future__ import annotations

import json

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana import closure, flow, processes, watchdog

BOARDS = {
    "on-time-closure": closure.board,
    "watchdog": watchdog.board,
    "flow": flow.board,
    "platform": processes.board,
}


def text_of(name: str) -> str:
    """The JSON of a dashboard, the same for the same code."""
    model = BOARDS[name]().build()
    for number, panel in enumerate(model.panels or (), 1):
        panel.id_val = number  # Grafana tells panels apart by it
    return json.dumps(model, cls=JSONEncoder, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
