"""Write every dashboard as the JSON that Grafana is provisioned with."""

from __future__ import annotations

from pathlib import Path

from deploy.grafana.boards import BOARDS, text_of

FOLDER = Path(__file__).parent / "dashboards"


def main() -> None:
    """Write the files; a dashboard that is no more loses its file."""
    for path in FOLDER.glob("*.json"):
        if path.stem not in BOARDS:
            path.unlink()
    for name in BOARDS:
        (FOLDER / f"{name}.json").write_text(text_of(name), encoding="utf-8")


if __name__ == "__main__":
    main()
