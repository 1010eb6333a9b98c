"""Private pages for one person: what is handed out, and uploads. They work without scripts."""

from bot.pages.pages import Pages as Pages
