// The tray of sample files, to drag into a channel, share with a button, or download.

import { startSampleDrag } from "../drawing/drag.js";
import { byId, el, icon } from "../drawing/dom.js";
import { sizeText } from "../drawing/words.js";

/** `share(sample)` drops it into the open channel. */
export function showTray(samples, share) {
  const cards = samples.map((sample) => card(sample, share));
  byId("tray").replaceChildren(
    el("h2", { id: "tray-title" }, icon("tray"), "Samples"),
    el("p", { class: "side-about" }, "Drag one into a channel, or press Share."),
    el("ul", { class: "tray-list" }, cards),
  );
}

function card(sample, share) {
  const drop = el("button", { type: "button", class: "button button-small", "aria-label": `Share ${sample.name}`, on: { click: () => share(sample) } }, "Share");
  const keep = el("a", { class: "icon-button", href: sample.address, download: sample.name, "aria-label": `Download ${sample.name}`, title: "Download" }, icon("download"));
  const head = el("div", { class: "tray-head" }, el("span", { class: "file-icon" }, icon("file")), el("span", { class: "tray-name", title: sample.name }, sample.name), keep, drop);
  const about = el("p", { class: "tray-about" }, sample.about, el("span", { class: "tray-size" }, ` (${sizeText(sample.size)})`));
  const node = el("li", { class: "tray-card", draggable: true, data: { sample: sample.name } }, head, about);
  node.addEventListener("dragstart", (event) => startSampleDrag(event, sample));
  return node;
}
