// The left pane: channels and the app, with marks for unread messages.

import { byId, el, icon } from "../drawing/dom.js";
import { initials } from "../drawing/words.js";

/** `places` are {key, name, kind: "channel"|"app", unread, mentioned}; `go(key)` opens one. `links` are {name, address}. */
export function showChannels(places, links, current, go) {
  const nav = byId("channels");
  const focused = nav.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const group = (title, kind) => {
    const rows = places.filter((place) => place.kind === kind).map((place) => row(place, current, go));
    return rows.length ? [el("h2", {}, title), el("ul", {}, rows)] : [];
  };
  nav.replaceChildren(...group("Channels", "channel"), ...group("Apps", "app"), ...others(links));
  if (focused) nav.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function others(links) {
  const rows = links.map(({ name, address }) => el("li", {}, el("a", { class: "channel", href: address, target: "_blank", rel: "noopener" }, icon("external"), el("span", { class: "channel-name" }, name))));
  return rows.length ? [el("h2", {}, "Links"), el("ul", {}, rows)] : [];
}

function row(place, current, go) {
  const here = place.key === current;
  const classes = ["channel", here && "channel-here", place.unread && "channel-unread"].filter(Boolean).join(" ");
  const sign = place.kind === "app" ? el("span", { class: "channel-app", "aria-hidden": "true" }, initials(place.name)) : icon("hash");
  const mark = place.unread ? el("span", { class: place.mentioned ? "badge" : "dot", "aria-hidden": "true" }, place.mentioned ? "@" : "") : null;
  const said = place.unread ? el("span", { class: "hidden-visually" }, place.mentioned ? " (unread, you are mentioned)" : " (unread)") : null;
  return el("li", {}, el("button", { type: "button", class: classes, "aria-current": here ? "page" : null, data: { key: place.key }, on: { click: () => go(place.key) } }, sign, el("span", { class: "channel-name" }, place.name), said, mark));
}
