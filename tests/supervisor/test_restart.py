from inspectd.supervisor.restart import RestartPolicy

S = 1_000_000_000


def test_the_first_five_starts_in_a_minute_come_at_once() -> None:
    policy = RestartPolicy()
    assert [policy.delay_ns(second * S) for second in range(5)] == [0] * 5
    assert not policy.exhausted


def test_the_sixth_start_within_a_minute_backs_off_and_says_so() -> None:
    policy = RestartPolicy()
    for second in range(5):
        policy.delay_ns(second * S)
    assert policy.delay_ns(5 * S) == 30 * S
    assert policy.exhausted


def test_a_quiet_minute_forgives() -> None:
    policy = RestartPolicy()
    for second in range(6):
        policy.delay_ns(second * S)
    assert policy.delay_ns(120 * S) == 0
    assert not policy.exhausted
