"""The sample enterprise at work: complaints arrive, and each leads the life of a story."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from redress.demo.simulated import SimulatedTime
from redress.demo.staff import Staff, StepRefused
from redress.demo.stories import Story, StoryStep, minutes, place

_SAMPLE = Path("organisation") / "sample.yaml"
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜"
_TIME_FIELDS = ("new_due", "regulator_due", "promised_at")


def provinces(procedures: Path) -> list[str]:
    """The provinces of the sample organisation."""
    told = yaml.safe_load((procedures / _SAMPLE).read_text(encoding="utf-8"))
    return list(told["provinces"])


class Enterprise:
    """Draws stories, provinces and texts by `seed` and lets the staff live them."""

    def __init__(
        self,
        staff: Staff,
        clock: SimulatedTime,
        *,
        stories: Sequence[Story],
        provinces: Sequence[str],
        texts: Sequence[str],
        seed: int,
    ) -> None:
        self._staff, self._clock = staff, clock
        self._stories, self._provinces, self._texts = stories, provinces, texts
        self._draw = random.Random(seed)  # noqa: S311 - a sample, nothing secret
        self._lives: set[asyncio.Task[None]] = set()

    async def receive(
        self, *, per_second: float, most: int | None, on_registered: Callable[[str], None]
    ) -> None:
        """Complaints arrive, about `per_second` (real time), until `most` of them have."""
        arrived = 0
        while most is None or arrived < most:
            # Every story once, in order, so that a short demo shows them all; then by weight.
            story = (
                self._stories[arrived]
                if arrived < len(self._stories)
                else self._draw.choices(self._stories, [s.weight for s in self._stories])[0]
            )
            life = asyncio.create_task(self._live(story, on_registered))
            self._lives.add(life)
            life.add_done_callback(self._lives.discard)
            arrived += 1
            await asyncio.sleep(self._draw.expovariate(per_second))

    async def finish(self, within_s: float) -> None:
        """Waits for lives under way, at most so long; what remains stays as it stands."""
        if self._lives:
            _, unfinished = await asyncio.wait(self._lives, timeout=within_s)
            for life in unfinished:
                life.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    async def _live(self, story: Story, on_registered: Callable[[str], None]) -> None:
        province, other = self._draw.sample(list(self._provinces), 2)
        names = {"province": province, "other": other}
        started_at = self._clock.now()
        complaint: str | None = None
        try:
            for step in story.steps:
                await self._clock.reach(started_at + timedelta(minutes=step.after))
                done = await self._staff.take(
                    step.do,
                    role=step.by,
                    unit=str(place(step.unit, names)),
                    complaint=complaint,
                    body=self._body(story, step, names, started_at),
                )
                if complaint is None:
                    complaint = done["complaint"]
                    on_registered(done.get("number") or done["complaint"])
        except StepRefused as refusal:
            self._staff.tally.refused.append(f"{story.story}: {refusal}")

    def _body(
        self, story: Story, step: StoryStep, names: dict[str, str], started_at: datetime
    ) -> dict[str, Any]:
        fields = {
            name: _moment(str(value), started_at) if name in _TIME_FIELDS else place(value, names)
            for name, value in step.fields.items()
        }
        body: dict[str, Any] = {"with": fields}
        if step.order:
            body["order"] = step.order
        if step.to:
            body["to"] = place(step.to, names)
        if step.do == "register":
            body["procedure"] = story.procedure
            fields["content"] = self._draw.choice(self._texts)
            fields["complainant"] = self._draw.choice(_SURNAMES) + self._draw.choice(
                ("先生", "女士")
            )
            fields["contact"] = f"1{self._draw.randrange(30, 99)}{self._draw.randrange(10**8):08d}"
        return body


def _moment(told: str, started_at: datetime) -> str:
    """`'+22:00'`: so many hours and minutes after the registration, on the minute."""
    moment = started_at + timedelta(minutes=minutes(told))
    return moment.replace(second=0, microsecond=0).isoformat()
