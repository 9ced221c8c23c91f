"""Lights that hang on a camera's user outputs."""

import logging

from inspectd_drivers.basler_features import Features, set_user_output

_log = logging.getLogger(__name__)


class UserOutputLights:
    """Switches between lights named as the camera's user outputs ("UserOutput1").

    Which line carries which output is wired and stored in the camera (LineSource). Outputs that
    no shot names are left alone. What was lit is remembered over a reconnect.
    """

    def __init__(self) -> None:
        self._lit = ""
        self._reported: set[str] = set()

    def switch_to(self, features: Features, light: str, where: str) -> None:
        """Light `light` alone, or nothing for "".

        A name that is no user output is reported once; what was lit before goes out all the same.
        """
        if self._lit not in ("", light):
            set_user_output(features, self._lit, on=False)
            self._lit = ""
        if light in features.choices("UserOutputSelector"):
            set_user_output(features, light, on=True)
            self._lit = light
        elif light and light not in self._reported:
            self._reported.add(light)
            _log.warning("%s has no user output %r: this light is not switched", where, light)
