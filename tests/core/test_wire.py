import struct
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspectd.core.errors import ProtocolError
from inspectd.core.messages import (
    CameraDown,
    Preview,
    ViewDone,
    ViewStarted,
    from_station,
)
from inspectd.core.verdict import Decision, Reason, ReasonCode, Verdict, ViewResult
from inspectd.core.wire import Decoder, encode

RESULTS = st.builds(
    ViewResult,
    decision=st.sampled_from(Decision),
    reasons=st.lists(
        st.builds(Reason, st.sampled_from(ReasonCode), st.text(max_size=40)), max_size=3
    ).map(tuple),
    defects=st.just(()),
    received_ns=st.integers(0, 2**62),
    vision_ms=st.floats(0, 1e5),
    stages_ms=st.dictionaries(st.text(max_size=8), st.floats(0, 1e4), max_size=4),
)
MESSAGES = st.one_of(
    st.builds(CameraDown, st.text(max_size=80)),
    st.builds(ViewStarted, st.integers(1, 2**40), st.integers(0, 2**62)),
    st.builds(ViewDone, st.integers(1, 2**40), RESULTS),
    st.builds(Preview, st.integers(1, 2**40), st.integers(1, 4096), st.integers(1, 4096)),
)


@given(st.lists(st.tuples(MESSAGES, st.binary(max_size=200)), max_size=6), st.data())
def test_a_stream_comes_back_whole_however_it_is_split(
    sent: list[tuple[ViewDone, bytes]], data: st.DataObject
) -> None:
    stream = b"".join(encode(from_station, message, blob) for message, blob in sent)
    decoder, received = Decoder(from_station), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        received += list(decoder.feed(stream[:cut]))
        stream = stream[cut:]
    assert received == sent


def test_a_contour_in_pixels_stays_with_the_picture(make_verdict: Callable[..., Verdict]) -> None:
    (defect,) = make_verdict().defects
    assert defect.contour_px
    result = ViewResult(Decision.FAIL, (), (defect,), 1, 2.0, {})
    ((received, _),) = Decoder(from_station).feed(encode(from_station, ViewDone(1, result)))
    assert received == ViewDone(1, replace(result, defects=(replace(defect, contour_px=()),)))


@given(st.binary(min_size=8, max_size=400))
def test_random_bytes_are_refused_or_waited_for_and_never_anything_else(noise: bytes) -> None:
    decoder = Decoder(from_station)
    try:
        list(decoder.feed(noise))
    except ProtocolError:
        return
    assert struct.unpack(">I", noise[:4])[0] + struct.unpack(">I", noise[4:8])[0] > len(noise) - 8


def test_a_length_over_the_limit_is_refused_before_it_is_waited_for() -> None:
    with pytest.raises(ProtocolError, match="over the limit"):
        list(Decoder(from_station).feed(struct.pack(">II", 2**31, 0)))


def test_an_unknown_message_is_refused() -> None:
    body = b'{"type":"fire_the_boss"}'
    with pytest.raises(ProtocolError, match="not understood"):
        list(Decoder(from_station).feed(struct.pack(">II", len(body), 0) + body))
