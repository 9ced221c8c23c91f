"""Sparkplug B payloads: metrics to bytes and back.

The message's fields and their numbers are those of the Sparkplug 3.0 specification, 6.4 (its
protobuf schema), built here with protobuf's own descriptors, so that no generated code is kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_FIELD = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "inspectd.sparkplug"


class DataType(IntEnum):
    """Datatypes in use, by the number on the wire (specification, 6.4.16)."""

    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATE_TIME = 13


_VALUE_FIELDS = {
    DataType.UINT8: "int_value",
    DataType.UINT16: "int_value",
    DataType.UINT32: "int_value",
    DataType.UINT64: "long_value",
    DataType.DATE_TIME: "long_value",
    DataType.DOUBLE: "double_value",
    DataType.BOOLEAN: "boolean_value",
    DataType.STRING: "string_value",
}
Value = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of a payload. `name` empty: by alias only; `unit`: the property `engUnit`.

    `timestamp_ms` is UTC in milliseconds.
    """

    value: Value
    datatype: DataType
    timestamp_ms: int
    name: str = ""
    alias: int | None = None
    historical: bool = False
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Payload:
    """A payload as it was read. `seq` None: it had none (a command, a death)."""

    timestamp_ms: int
    seq: int | None
    metrics: tuple[Mapping[str, Any], ...] = field(default=())


def encode(metrics: Iterable[Metric], timestamp_ms: int, seq: int | None) -> bytes:
    """A payload's bytes; `seq` None for a death, which has none (tck-id-payloads-ndeath-seq)."""
    payload = _Payload()
    payload.timestamp = timestamp_ms
    if seq is not None:
        payload.seq = seq
    for metric in metrics:
        _fill(payload.metrics.add(), metric)
    return bytes(payload.SerializeToString())


def decode(data: bytes) -> Payload | None:
    """A payload, its metrics as plain values; None for bytes that are none."""
    payload = _Payload()
    try:
        payload.ParseFromString(data)
    except Exception:  # noqa: BLE001 - protobuf raises what its implementation likes
        return None
    metrics = tuple(_plain(metric) for metric in payload.metrics)
    return Payload(payload.timestamp, payload.seq if payload.HasField("seq") else None, metrics)


def _fill(into: Any, metric: Metric) -> None:
    if metric.name:
        into.name = metric.name
    if metric.alias is not None:
        into.alias = metric.alias
    into.timestamp = metric.timestamp_ms
    into.datatype = metric.datatype
    if metric.historical:
        into.is_historical = True
    if metric.unit:
        into.properties.keys.append("engUnit")
        value = into.properties.values.add()
        value.type = DataType.STRING
        value.string_value = metric.unit
    setattr(into, _VALUE_FIELDS[metric.datatype], metric.value)


def _plain(metric: Any) -> dict[str, Any]:
    which = metric.WhichOneof("value")
    return {
        "name": metric.name,
        "alias": metric.alias if metric.HasField("alias") else None,
        "datatype": metric.datatype,
        "timestamp_ms": metric.timestamp,
        "historical": metric.is_historical,
        "value": None if which is None else getattr(metric, which),
    }


def _payload_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(
        name="inspectd_sparkplug.proto", package=_PACKAGE, syntax="proto2"
    )
    uint32, uint64, text = _FIELD.TYPE_UINT32, _FIELD.TYPE_UINT64, _FIELD.TYPE_STRING
    numbers = (("float_value", _FIELD.TYPE_FLOAT), ("double_value", _FIELD.TYPE_DOUBLE))
    flag = (("boolean_value", _FIELD.TYPE_BOOL), ("string_value", text))
    values = (("int_value", uint32), ("long_value", uint64), *numbers, *flag)
    _message(file, "PropertyValue", (("type", 1, uint32), ("is_null", 2, _FIELD.TYPE_BOOL)))
    _one_of(file, 3, values)
    _message(file, "PropertySet", ())
    _add(file, "keys", 1, text, repeated=True)
    _add(file, "values", 2, "PropertyValue", repeated=True)
    flags = (("is_historical", 5), ("is_transient", 6), ("is_null", 7))
    head = (("name", 1, text), ("alias", 2, uint64), ("timestamp", 3, uint64))
    _message(file, "Metric", (*head, ("datatype", 4, uint32)))
    for name, number in flags:
        _add(file, name, number, _FIELD.TYPE_BOOL)
    _add(file, "properties", 9, "PropertySet")
    _one_of(file, 10, (*values, ("bytes_value", _FIELD.TYPE_BYTES)))
    _message(file, "Payload", (("timestamp", 1, uint64),))
    _add(file, "metrics", 2, "Metric", repeated=True)
    _add(file, "seq", 3, uint64)
    _add(file, "uuid", 4, text)
    _add(file, "body", 5, _FIELD.TYPE_BYTES)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Payload"))


def _message(file: Any, name: str, fields: Iterable[tuple[str, int, int]]) -> None:
    file.message_type.add(name=name)
    for field_name, number, kind in fields:
        _add(file, field_name, number, kind)


def _add(file: Any, name: str, number: int, kind: int | str, *, repeated: bool = False) -> Any:
    made = file.message_type[-1].field.add(name=name, number=number)
    made.label = _FIELD.LABEL_REPEATED if repeated else _FIELD.LABEL_OPTIONAL
    if isinstance(kind, str):
        made.type, made.type_name = _FIELD.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
    else:
        made.type = kind
    return made


def _one_of(file: Any, first: int, values: Iterable[tuple[str, int]]) -> None:
    file.message_type[-1].oneof_decl.add(name="value")
    for number, (name, kind) in enumerate(values, first):
        _add(file, name, number, kind).oneof_index = 0


_Payload = _payload_class()
