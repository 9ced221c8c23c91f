from inspectd.station.vitals import Vitals, rss_bytes

MS = 1_000_000


def test_a_camera_call_that_hangs_shows_as_a_growing_age() -> None:
    vitals = Vitals(0)
    vitals.acquire_turned(100 * MS)
    vitals.judge_turned(2_000 * MS)
    assert vitals.acquire_age_ms(2_100 * MS) == 2_000.0
    assert vitals.acquire_age_ms(3_100 * MS) == 3_000.0
    assert vitals.judge_age_ms(2_100 * MS) == 100.0


def test_a_judgement_that_hangs_shows_how_long_it_runs() -> None:
    vitals = Vitals(0)
    vitals.judging_began(1_000 * MS)
    assert vitals.judging_since_ms(6_000 * MS) == 5_000.0
    vitals.judging_ended()
    assert vitals.judging_since_ms(6_000 * MS) == 0.0


def test_an_idle_station_is_judging_nothing() -> None:
    assert Vitals(5 * MS).judging_since_ms(60_000 * MS) == 0.0


def test_resident_memory_is_that_of_a_python_process() -> None:
    assert 5e6 < rss_bytes() < 64e9
