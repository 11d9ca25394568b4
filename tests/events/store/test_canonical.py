"""One value has one byte string."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.events.canonical import MAX_BYTES, decode, encode
from libs.events.errors import NotCanonical

_text = st.text(st.characters(codec="utf-8")).map(lambda text: unicodedata.normalize("NFC", text))
_key = st.text(st.characters(max_codepoint=127))
_value = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_key, inner, max_size=4),
    max_leaves=20,
)


# The first draw builds the tables of Unicode characters, which may take a second.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(_key, _value, max_size=5))
def test_bytes_are_those_of_sorted_compact_json_and_read_back(value):
    raw = encode(value)
    slow = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert raw == slow.encode()
    assert decode(raw) == value


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": 1.0}, "$.a"),
        ({"a": [1, float("nan")]}, "$.a[1]"),
        ({"a": 2**53}, "$.a"),
        ({"a": -(2**53)}, "$.a"),
        ({"级": 1}, "$"),
        ({1: 1}, "$"),
        ({"a": "e\u0301"}, "$.a"),
        ({"a": b"bytes"}, "$.a"),
        ({"a": "\ud800"}, "$"),
        ({"a": "x" * MAX_BYTES}, "$"),
    ],
)
def test_what_has_no_canonical_form_is_refused_by_name(value, path):
    with pytest.raises(NotCanonical) as refused:
        encode(value)
    assert refused.value.path == path


def test_nesting_has_a_bottom():
    value: object = 1
    for _ in range(200):
        value = [value]
    with pytest.raises(NotCanonical, match="deeper"):
        encode({"a": value})


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',
        b'{"a":1.5}',
        b'{"a":1e2}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":"\\u00e9"}',
        b'{"a":9007199254740992}',
        b"[1]",
        b"",
        b'{"a":"\xff"}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":"' + b"x" * MAX_BYTES + b'"}',
        b'{"a":' + b"[" * 1000 + b"]" * 1000 + b"}",
        b'{"a":-0}',
    ],
)
def test_bytes_that_are_not_canonical_are_refused(raw):
    with pytest.raises(NotCanonical):
        decode(raw)
