"""What stands on buttons, as titles of modals, and under their fields."""

from __future__ import annotations

# Buttons. Flows and the manual name them, so they stand together.
UNLOCK, AUTHORITY, COMBINE = "Unlock…", "Add as authority…", "Make a PKCS #12…"
RESTARTED, REMIND = "Restarted", "Remind me…"
RESTART_NOW, RESTART_YES, NOT_NOW, START_AGAIN = "Restart now…", "Restart now", "Not now", "Try start again"
NEXT, CONNECT = "Next", "Connect"
ADD_ENVIRONMENT = "Add an environment…"
SETTINGS, SAVE = "Settings…", "Save"
REPLACE, SEEN = "Replace…", "Seen"
REMOVE, KEEP = "Remove", "Keep"
ROLL_BACK, COPY_ANYWAY = "Go back to version", "Copy anyway"
ADD, ADD_ANYWAY, CANCEL, CLOSE = "Add", "Add anyway", "Cancel", "Close"
TITLES = {
    "unlock": "Unlock a certificate",
    "combine": "Make a PKCS #12",
    "authority": "Add authorities",
    "add": "Add to Certdesk",
    "environment": "Add an environment",
    "settings": "Environment settings",
    "remind": "Remind me",
    "checking": "Checking",
    "notice": "Certdesk",
    "added": "Added",
    "connect": "Connect an app",
}
TYPED_OPENLY = (
    "Masked input does not exist in Slack: what you type can be read on your screen. "
    "It is used once, to open the file, and never stored."
)
PASSWORD_HINT = TYPED_OPENLY
PASSWORD_HINT_ADD = "Only for a container or an encrypted key; leave it empty for anything else. " + TYPED_OPENLY
PASSWORD_HINT_PART = "Only where the private key has one. " + TYPED_OPENLY
PARTS_HINT = "What you dropped here lately. Tick what belongs to this certificate; the order does not matter."
MORE_FILES_HINT = "The key, the certificate or its chain, where it was not dropped. These files lie in no channel."
LABEL_HINT = "What you call it here, such as partner-bank. A label that exists gets a new version."
LABEL_HINT_ADD = LABEL_HINT + " Not needed for authorities."
PINS_HINT = (
    "Host names or services it is used for, one a line: partner.example, Module.Service. "
    "Left empty, a new version keeps those of the one before."
)
FILES_HINT = (
    "A .pfx or .p12; or certificate, key and chain as PEM files; or a bundle of authorities. "
    "The files lie in no channel."
)
ENVIRONMENT_HINT = "app/environment, such as orders/production: lower-case letters, digits and dashes."
TIMEZONE_HINT = "Reminders come Monday to Friday at 09:00 in this zone; /cert env settings changes that."
ZONE_HINT = "A name such as Europe/Berlin or Asia/Kolkata. All times below are those of this zone."
DAYS_HINT = "Reminders come on these days, and the weekly list on the first of them after the days off."
OWNERS_HINT = (
    "Up to 10 people, who should be in the channel. They are called when nobody answers, and when an end is near. "
    "Empty: whoever added the environment."
)
QUIET_HINT = "No reminder and no announcement in these hours, which may go over midnight. Empty: none."
THRESHOLDS_HINT = (
    "Numbers such as 30, 7, 1, 0. From 30 days on each is a message, farther off it is a line in the weekly list. "
    "Empty: those that are shown in grey."
)
APP_HINT = "The app's subdomain: orders for orders.mendixcloud.com."
MODE_HINT = "Test, Acceptance, Production, or the name of a flexible environment."
USERNAME_HINT = "The login name of the Mendix account whose API key this is."
SEALED = (
    "Masked input does not exist in Slack: what you type can be read on your screen. "
    "It is sealed like a private key, and shown to nobody again."
)
API_KEY_HINT = "Made in the Mendix Portal under User Settings, API Keys. " + SEALED
URL_HINT = "https, without a user name or password in it. Redirects are not followed."
SECRET_HINT = "At least 16 characters, known to the pipeline as well: it signs what I send. " + SEALED
EXPECT_HINT = "A text that the answer must hold. Left empty, a status from 200 to 299 is enough."
