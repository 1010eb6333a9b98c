"""Run by each Python process that tests start: shifts its clock as theirs is (:mod:`tests.today`)."""

from __future__ import annotations

import os
import time

if shift := os.environ.get("TESTS_CLOCK_SHIFT"):
    import time_machine

    time_machine.travel(time.time() + float(shift), tick=True).start()
