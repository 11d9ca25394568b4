"""The Redis that `redress up --full` starts by itself: answers, comes back, is gone at the end."""

from __future__ import annotations

import os
import signal

import pytest
import redis

from redress.local.wakeups import local_redis


def test_a_server_of_our_own_answers_comes_back_when_killed_and_ends_with_the_block() -> None:
    with local_redis() as server:
        assert server is not None
        client = redis.Redis.from_url(server.url)
        assert client.ping()
        os.kill(client.info()["process_id"], signal.SIGKILL)
        while True:  # until the death is seen
            server.revive()
            try:
                assert client.ping()
                break
            except redis.RedisError:
                continue
        server.revive()
        assert client.ping()
    with pytest.raises(redis.RedisError):
        client.ping()
