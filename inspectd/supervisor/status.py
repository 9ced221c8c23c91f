"""The state of the line in the words of its readers: PLC, page, broker."""

from inspectd.core.recipe import Recipe
from inspectd.observe.snapshot import (
    BrokerSnapshot,
    JournalSnapshot,
    LineSnapshot,
    PlcSnapshot,
    StationSnapshot,
)
from inspectd.publish.mqtt import MqttStatus
from inspectd.publish.plc import LineStatus
from inspectd.supervisor.child import StationChild

# OPC 40100-1, tables 82 and 97: StateNumber of the vision and the automatic mode state machine.
PREOPERATIONAL, ERROR, INITIALIZED, READY, CONTINUOUS_EXECUTION = 1, 3, 5, 6, 8
STATE_NAMES = {
    PREOPERATIONAL: "Preoperational",
    ERROR: "Error",
    INITIALIZED: "Initialized",
    READY: "Ready",
    CONTINUOUS_EXECUTION: "ContinuousExecution",
}


def state_number(*, ready: bool, working: bool, journal_ok: bool, ever_up: bool) -> int:
    """The OPC 40100-1 state that the line is in."""
    if not journal_ok:
        return ERROR
    if working:
        return CONTINUOUS_EXECUTION
    if ready:
        return READY
    return ERROR if ever_up else PREOPERATIONAL
