// Toasts: short notices of errors that belong to no message or modal.

import { byId, el, icon, iconButton } from "./dom.js";

const STAY_MS = 7000;

export function toast(text, kind = "trouble") {
  const node = el("div", { class: `toast toast-${kind}` }, icon(kind === "trouble" ? "alert" : "clock"), el("p", {}, text));
  node.append(iconButton("close", "Dismiss", () => node.remove()));
  byId("toasts").append(node);
  setTimeout(() => node.remove(), STAY_MS);
}
