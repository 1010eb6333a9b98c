// On a narrow window the side pane (samples and clock) is a drawer.

import { byId } from "./dom.js";

export function startDrawer() {
  const toggle = byId("side-toggle");
  const show = (open) => {
    byId("app").classList.toggle("side-open", open);
    toggle.setAttribute("aria-expanded", String(open));
  };
  toggle.addEventListener("click", () => show(toggle.getAttribute("aria-expanded") !== "true"));
  byId("side").addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || toggle.offsetParent === null) return;
    show(false);
    toggle.focus();
  });
}
