// button and overflow: the controls that act at once.

import { plain } from "../drawing/draw.js";
import { el, icon, newId, safeLink } from "../drawing/dom.js";

export function button(element, { blockId, surface }) {
  const style = element.style === "primary" || element.style === "danger" ? ` button-${element.style}` : "";
  const props = { class: `button${style}`, "aria-label": element.accessibility_label ?? null, data: { action: element.action_id ?? "", block: blockId } };
  if (element.url) return linkButton(element, props, blockId, surface);
  const node = el("button", { type: "button", ...props }, plain(element.text));
  node.addEventListener("click", () => press(node, element, blockId, surface, element.value === undefined ? {} : { value: element.value }));
  return node;
}

/** Slack opens the address and still tells the bot. */
function linkButton(element, props, blockId, surface) {
  const href = safeLink(element.url);
  return el(
    "a",
    { ...props, href, target: "_blank", rel: "noopener noreferrer", on: { click: () => surface.act(blockId, element, { value: element.value }) } },
    plain(element.text),
    icon("external"),
  );
}

async function press(node, element, blockId, surface, payload) {
  if (node.getAttribute("aria-busy") === "true") return;
  if (element.confirm && !(await surface.ask(element.confirm))) return;
  // aria-busy rather than disabled: a disabled button would drop the focus that comes back when its modal closes.
  node.setAttribute("aria-busy", "true");
  try {
    await surface.act(blockId, element, payload);
  } finally {
    node.removeAttribute("aria-busy");
  }
}

export function overflow(element, place) {
  const id = newId("menu");
  const menu = el("div", { class: "menu", role: "menu", id, hidden: true });
  const opener = el(
    "button",
    { type: "button", class: "icon-button", "aria-label": "More actions", "aria-haspopup": "menu", "aria-expanded": "false", "aria-controls": id },
    icon("more"),
  );
  const show = (open) => {
    menu.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    (open ? menu.querySelector("button") : opener).focus();
  };
  for (const option of element.options ?? []) menu.append(menuItem(option, element, place, opener, show));
  opener.addEventListener("click", () => show(menu.hidden));
  const node = el("span", { class: "overflow" }, opener, menu);
  node.addEventListener("keydown", (event) => menuKeys(event, menu, show));
  node.addEventListener("focusout", (event) => {
    if (!node.contains(event.relatedTarget)) (menu.hidden = true), opener.setAttribute("aria-expanded", "false");
  });
  return node;
}

function menuItem(option, element, { blockId, surface }, opener, show) {
  const pick = () => {
    show(false);
    press(opener, element, blockId, surface, { selected_option: option });
    if (option.url && safeLink(option.url)) window.open(safeLink(option.url), "_blank", "noopener");
  };
  return el("button", { type: "button", role: "menuitem", tabIndex: -1, on: { click: pick } }, plain(option.text));
}

function menuKeys(event, menu, show) {
  if (menu.hidden) return;
  const items = [...menu.querySelectorAll("button")];
  const at = items.indexOf(document.activeElement);
  const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 };
  if (event.key === "Escape") show(false);
  else if (event.key in moves) items.at(moves[event.key] % items.length).focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
