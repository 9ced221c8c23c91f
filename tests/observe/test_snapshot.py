import json
from collections.abc import Callable

from inspectd.core.verdict import Decision
from inspectd.observe.snapshot import LineSnapshot, PlcSnapshot, StationSnapshot

MakeSnapshot = Callable[..., LineSnapshot]


def test_the_document_holds_every_field_and_can_be_written_as_json(
    make_snapshot: MakeSnapshot,
) -> None:
    stations = (StationSnapshot("cam1", up=True), StationSnapshot("cam2", up=True, simulated=True))
    plc = PlcSnapshot(connected=True, watchdog_tripped=False, missed=3)
    line = make_snapshot(stations=stations, plc=plc, decisions={Decision.NO_VERDICT: 4})

    document = json.loads(json.dumps(line.document()))

    assert document["decisions"] == {"NO_VERDICT": 4}
    assert document["simulated"] is True
    assert [station["name"] for station in document["stations"]] == ["cam1", "cam2"]
    assert document["plc"]["missed"] == 3
    assert set(LineSnapshot.__slots__) < set(document)


def test_one_emulated_camera_makes_the_line_simulated(make_snapshot: MakeSnapshot) -> None:
    assert not make_snapshot().simulated
    assert make_snapshot(stations=(StationSnapshot("cam1", up=True, simulated=True),)).simulated
