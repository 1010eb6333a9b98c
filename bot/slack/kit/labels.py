"""Labels of buttons that several features show."""

from __future__ import annotations

RESTARTED, REMIND = "Mark as restarted", "Remind me…"
ADD_ENVIRONMENT = "Add an environment…"
ADD, CANCEL, CLOSE, UNDO = "Add", "Cancel", "Close", "Undo"
UPLOAD_PRIVATELY = "Upload privately…"
