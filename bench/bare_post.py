"""The peer of register-http: FastAPI as its tutorial shows it, one INSERT per POST, no more."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI
from pydantic import BaseModel

INSERT = """
    INSERT INTO peer (stream, version, type, data, meta)
    VALUES ($1, 1, 'ComplaintRegistered', $2, '{}')
"""


class Told(BaseModel):
    channel: str
    complainant: str
    contact: str
    content: str
    demand: str


class Complaint(BaseModel):
    told: Told


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.pool = await asyncpg.create_pool(os.environ["BENCH_DSN"], min_size=8, max_size=16)
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan)


@app.post("/complaints", status_code=201)
async def register(complaint: Complaint) -> dict[str, str]:
    id = uuid.uuid4()  # noqa: A001
    await app.state.pool.execute(INSERT, id, complaint.model_dump_json())
    return {"id": str(id)}
