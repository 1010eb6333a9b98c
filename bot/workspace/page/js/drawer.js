// Panes that are drawers on a narrow window: the channels on the left, the samples and the clock on the right.

import { byId } from "./dom.js";

/** Let the button `toggle` open and close the pane. Escape and a press outside close it. Returns how to close it. */
export function startDrawer(toggle, pane) {
  const isDrawer = () => toggle.offsetParent !== null;
  const isOpen = () => toggle.getAttribute("aria-expanded") === "true";
  const show = (open) => {
    byId("app").classList.toggle(`${pane.id}-open`, open);
    toggle.setAttribute("aria-expanded", String(open));
  };
  toggle.addEventListener("click", () => {
    show(!isOpen());
    if (isOpen()) pane.querySelector("button")?.focus();
  });
  pane.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !isDrawer()) return;
    show(false);
    toggle.focus();
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (isOpen() && !pane.contains(target) && !toggle.contains(target)) show(false);
  });
  return () => show(false);
}

/** Whether the window is so narrow that an open drawer hides the conversation: the same width as in narrow.css. */
export function hidesConversation() {
  return window.matchMedia("(max-width: 720px)").matches;
}
