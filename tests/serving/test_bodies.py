"""A JSON body is read strictly; the fault names the field and never repeats the value."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.serving.bodies import parse_object
from libs.serving.problems import Problem, render
from libs.serving.reasons import REASONS

SECRET = "13800138000"


@pytest.mark.parametrize(
    ("content", "code", "field"),
    [
        (b"", "syntax", ""),
        (b"[]", "not-object", ""),
        (b'"text"', "not-object", ""),
        (b"{", "syntax", ""),
        (b"{} {}", "syntax", ""),
        (b"\xef\xbb\xbf{}", "syntax", ""),
        ('{"a":"宽带"}'.encode("gb18030"), "not-utf8", ""),
        (b'{"a":"\xff"}', "not-utf8", ""),
        ('{"a":"b"}'.encode("utf-16"), "not-utf8", ""),
        (b'{"role":"agent","role":"centre"}', "duplicate", "role"),
        (b'{"with":{"a":1,"a":1}}', "duplicate", "a"),
        (b'{"a":NaN}', "not-finite", ""),
        (b'{"a":-Infinity}', "not-finite", ""),
        (b'{"a":1e400}', "fraction", ""),
        (b'{"a":1.0}', "fraction", ""),
        (b'{"a":-0}', "syntax", ""),
        (b'{"a":' + b"9" * 100_000 + b"}", "too-big-number", ""),
        (b'{"a":9007199254740992}', "too-big-number", ""),
        (b'{"with":{"a":"\\ud800"}}', "lone-surrogate", "with.a"),
        (b'{"a":"x\\u0000"}', "control-character", "a"),
        (b'{"a":["ok","\\u001b[31m"]}', "control-character", "a"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "too-deep", "a"),
        (b'{"a":' + b"[" * 40 + b"]" * 40 + b"}", "too-deep", "a"),
        (b'{"a":' + b"[" * 500_000, "too-deep", ""),
    ],
)
def test_what_is_not_one_clean_object(content, code, field):
    with pytest.raises(Problem) as refused:
        parse_object(content)
    assert [(fault.code, fault.field) for fault in refused.value.errors] == [(code, field)]


def test_the_answer_names_no_value():
    with pytest.raises(Problem) as refused:
        parse_object(f'{{"phone":"{SECRET}\\u0000","{SECRET} x":1}}'.encode())
    for language in ("zh-CN", "en"):
        assert SECRET.encode() not in render(refused.value, language, "c").body


def test_text_is_taken_in_nfc():
    assert parse_object('{"e\u0301":"e\u0301"}'.encode()) == {"\u00e9": "\u00e9"}


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(texts, values, max_size=4))
def test_every_clean_object_is_read(members):
    content = unicodedata.normalize("NFC", json.dumps(members, ensure_ascii=False))
    # Two names may become one in NFC: the parser then rightly refuses.
    try:
        expected = json.loads(content, object_pairs_hook=_unique)
    except KeyError:
        return
    assert parse_object(content.encode()) == expected


def _unique(pairs):
    if len(dict(pairs)) != len(pairs):
        raise KeyError
    return dict(pairs)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_parser_fail_otherwise(content):
    try:
        assert isinstance(parse_object(content), dict)
    except Problem as problem:
        refused = problem
    else:
        return
    assert refused.status == 400
    assert all(fault.code in REASONS for fault in refused.errors)
