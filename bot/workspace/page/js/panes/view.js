// The middle pane: a channel's log, or the app's Home and Messages tabs.

import { drawBlocks } from "../block_kit/blocks.js";
import { byId, el, icon, placeChildren } from "../drawing/dom.js";
import { avatar } from "./message.js";

/** The head of a channel. */
export function showChannelHead(channel) {
  byId("main-head").replaceChildren(el("h2", {}, icon("hash"), channel.name), el("p", { class: "main-about" }, channel.topic ?? ""));
}

/** The head of the app, with its two tabs; `choose(tab)` goes to one. */
export function showAppHead(name, tab, choose) {
  const head = byId("main-head");
  const shape = `${name}/${tab}`;
  const focused = head.querySelector("[role=tab]:focus") !== null;
  const tabs = [["home", "Home"], ["messages", "Messages"]].map(([key, words]) => tabButton(key, words, key === tab, choose));
  const list = el("div", { class: "tabs", role: "tablist", "aria-label": name }, tabs);
  list.addEventListener("keydown", (event) => ["ArrowLeft", "ArrowRight"].includes(event.key) && choose(tab === "home" ? "messages" : "home"));
  head.dataset.shape = shape;
  head.replaceChildren(avatar({ name, isApp: true }), el("h2", {}, name), el("span", { class: "tag" }, "App"), list);
  if (focused) list.querySelector("[aria-selected=true]").focus();
}

function tabButton(key, words, selected, choose) {
  return el("button", { type: "button", class: "tab", role: "tab", id: `tab-${key}`, "aria-selected": String(selected), "aria-controls": "main-body", tabIndex: selected ? 0 : -1, on: { click: () => choose(key) } }, words);
}

/** The app's Home view, or a notice until the app has published one. */
export function drawHome(view, surface) {
  if (!view) return el("div", { class: "empty" }, el("b", {}, "Nothing here yet"), el("p", {}, "The app has not published its Home tab."));
  return el("div", { class: "home", role: "tabpanel", "aria-labelledby": "tab-home" }, el("div", { class: "blocks" }, drawBlocks(view.blocks ?? [], surface)));
}

/** Show `nodes` in the body; a node that stays is not moved, so that it keeps its scroll position and focus. */
export function fillBody(...nodes) {
  placeChildren(byId("main-body"), nodes.filter(Boolean));
}
