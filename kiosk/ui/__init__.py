"""The screen: draws one immutable State and sends a visit what the person wants. Nothing else imports textual."""

import os

# Textual reads these once, when it is first imported. An animation costs a console more than it shows; a terminal
# that knows the kitty protocol would stay in it if the station were killed; Esc alone must not take long to be Esc.
os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
os.environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")
os.environ.setdefault("ESCDELAY", "50")
