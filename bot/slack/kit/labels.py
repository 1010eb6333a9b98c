"""Labels of buttons that several features show."""

from __future__ import annotations

RESTARTED, REMIND = "Restarted", "Remind me…"
ADD_ENVIRONMENT = "Add an environment…"
ADD, CANCEL, CLOSE = "Add", "Cancel", "Close"
