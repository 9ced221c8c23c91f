"""The alarms of an inspection line: cause, consequence and what to do, as ISA-18.2 asks for each.

`docs/reference/alarms.md` is made from this table by `inspectd.publish.alarm_page`.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from inspectd.core.alarms import Delays

_NS = 1_000_000_000


class Priority(StrEnum):
    """How soon somebody must act. ISA-18.2 (B.6) wants about 5 %, 15 % and 80 % of them."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class AlarmDefinition:
    """One row of the table; texts in English and Chinese. `within_min`: when to have acted."""

    id: str
    priority: Priority
    within_min: int
    cause: tuple[str, str]
    consequence: tuple[str, str]
    action: tuple[str, str]
    delays: Delays = field(default_factory=Delays)


def _alarm(
    name: str,
    priority: Priority,
    within_min: int,
    *,
    cause: tuple[str, str],
    consequence: tuple[str, str],
    action: tuple[str, str],
    on_s: float = 0.0,
) -> AlarmDefinition:
    delays = Delays(on_ns=int(on_s * _NS))
    return AlarmDefinition(name, priority, within_min, cause, consequence, action, delays)


_BLIND = ("Every part is NO VERDICT.", "所有工件均为“无判定”。")
_NONE_PASSES = ("No part passes.", "没有工件能判为合格。")
_WAITING = (
    "Verdicts wait on the disk; the line goes on judging.",
    "判定暂存在磁盘上，产线继续检测。",
)

ALARMS: tuple[AlarmDefinition, ...] = (
    _alarm(
        "station_down",
        Priority.HIGH,
        5,
        cause=("A camera or its process is away.", "相机或其进程不可用。"),
        consequence=_BLIND,
        action=(
            "Look at the camera's cable and power; the detail names the station.",
            "检查相机电缆和电源；详情中有工位名称。",
        ),
    ),
    _alarm(
        "journal_failed",
        Priority.HIGH,
        5,
        cause=("A verdict could not be stored.", "判定无法写入磁盘。"),
        consequence=_BLIND,
        action=("Make room on the disk; look at its health.", "清理磁盘空间，检查磁盘状态。"),
    ),
    _alarm(
        "verification_failed",
        Priority.MEDIUM,
        15,
        cause=("The gauge was measured wrong.", "标准件测量不合格。"),
        consequence=_NONE_PASSES,
        action=(
            "Clean lens and gauge, mend the light, verify again, then acknowledge.",
            "清洁镜头和标准件，检查光源，重新校验，然后确认。",
        ),
    ),
    _alarm(
        "verification_due",
        Priority.MEDIUM,
        15,
        cause=("The gauge has not been measured in time.", "未按时用标准件校验。"),
        consequence=_NONE_PASSES,
        action=("Verify with the gauge.", "用标准件校验。"),
    ),
    _alarm(
        "calibration_invalid",
        Priority.MEDIUM,
        30,
        cause=(
            "A calibration has expired or is of another camera.",
            "标定已过期，或属于另一台相机。",
        ),
        consequence=_NONE_PASSES,
        action=("Calibrate the camera that the detail names.", "标定详情中所列的相机。"),
    ),
    _alarm(
        "results_overrun",
        Priority.MEDIUM,
        10,
        cause=("The PLC does not acknowledge results.", "PLC 未确认检测结果。"),
        consequence=(
            "The PLC was not told of the parts that the detail names.",
            "PLC 未收到详情中所列工件的结果。",
        ),
        action=(
            "Reject those parts; look at the PLC's program; then acknowledge the error there.",
            "剔除这些工件，检查 PLC 程序，然后在 PLC 上确认错误。",
        ),
    ),
    _alarm(
        "plc_watchdog",
        Priority.MEDIUM,
        10,
        cause=("The PLC's heartbeat has stopped.", "PLC 心跳中断。"),
        consequence=("No triggers are taken.", "不接受触发。"),
        action=("Look at the PLC and the network to it.", "检查 PLC 及其网络。"),
    ),
    _alarm(
        "plc_link",
        Priority.MEDIUM,
        10,
        cause=(
            "The PLC that inspectd connects to, or the serial line to it, cannot be reached.",
            "无法连接 PLC（PLC 作为服务器）或其串行线路。",
        ),
        consequence=("No triggers are taken; results wait.", "不接受触发，结果等待。"),
        action=("Do what the detail says.", "按详情处理。"),
        on_s=1.0,
    ),
    _alarm(
        "plc_foreign_writes",
        Priority.LOW,
        60,
        cause=("A second client writes to the registers.", "有第二个客户端写入寄存器。"),
        consequence=("Its writes are refused.", "其写入被拒绝。"),
        action=("Find it, and let it only read.", "找到该客户端，只允许它读取。"),
    ),
    _alarm(
        "plc_handshake",
        Priority.LOW,
        60,
        cause=(
            "The PLC leaves a handshake bit standing, or acknowledges a result that is not shown.",
            "PLC 未复位握手位，或确认了未显示的结果。",
        ),
        consequence=("Results wait; parts may be missed.", "结果等待，工件可能漏检。"),
        action=("Look at the PLC's program.", "检查 PLC 程序。"),
    ),
    _alarm(
        "plc_refused",
        Priority.LOW,
        60,
        cause=(
            "Clients were turned away: too many, or without the right certificate.",
            "客户端被拒绝：数量过多，或证书不正确。",
        ),
        consequence=("They see nothing of the line.", "它们无法获取产线信息。"),
        action=(
            "Look at who connects, at plc.max_connections and at the certificates.",
            "检查连接方、plc.max_connections 和证书。",
        ),
    ),
    _alarm(
        "broker_away",
        Priority.LOW,
        60,
        cause=("The MQTT broker cannot be reached.", "无法连接 MQTT 服务器。"),
        consequence=_WAITING,
        action=("Do what the detail says.", "按详情处理。"),
        on_s=10.0,
    ),
    _alarm(
        "broker_refuses",
        Priority.LOW,
        30,
        cause=(
            "The broker and this service do not accept each other: certificate, user, password.",
            "服务器与本服务互不接受：证书、用户或密码。",
        ),
        consequence=_WAITING,
        action=("Do what the detail says.", "按详情处理。"),
        on_s=2.0,
    ),
    _alarm(
        "outbox_backlog",
        Priority.LOW,
        240,
        cause=("Many verdicts wait for the broker.", "大量判定等待发送。"),
        consequence=_WAITING,
        action=("See that the broker takes them.", "确保服务器能够接收。"),
        on_s=30.0,
    ),
    _alarm(
        "outlines_dropped",
        Priority.LOW,
        240,
        cause=(
            "The journal has reached its size, and outlines of defects were given up.",
            "判定日志已达上限，缺陷轮廓已被删除。",
        ),
        consequence=(
            "Verdicts and sizes are whole; their outlines are missing.",
            "判定和尺寸完整，但缺少轮廓。",
        ),
        action=(
            "See that the broker takes the verdicts; raise journal.max_mb.",
            "确保服务器能接收判定；提高 journal.max_mb。",
        ),
    ),
    _alarm(
        "reload_refused",
        Priority.LOW,
        60,
        cause=("New settings were refused.", "新设置被拒绝。"),
        consequence=("The old ones hold.", "沿用旧设置。"),
        action=("Mend the file that the detail names, reload.", "修正详情中的文件后重新加载。"),
    ),
    _alarm(
        "attention_soon",
        Priority.LOW,
        1440,
        cause=(
            "A calibration is about to expire, or a station has none.",
            "标定即将过期，或工位没有标定。",
        ),
        consequence=(
            "Parts of a station without a calibration do not pass; soon none will.",
            "没有标定的工位的工件不能判为合格；不久所有工件都不能。",
        ),
        action=("Calibrate in time.", "及时标定。"),
    ),
)

BY_ID = {alarm.id: alarm for alarm in ALARMS}
