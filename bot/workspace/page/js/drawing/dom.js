// DOM elements, built by hand. All text becomes text nodes: nothing from a bot, a file name or a member is ever markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element with properties and children. `class`, `data`, `on` and `aria-*`/`role` are told apart by name. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) setProp(node, name, value);
  node.append(...flat(children));
  return node;
}

function setProp(node, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name === "class") node.className = value;
  else if (name === "data") Object.assign(node.dataset, value);
  else if (name === "on") for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
  else if (name in node && !name.includes("-") && name !== "list" && name !== "form") node[name] = value;
  else node.setAttribute(name, value === true ? "" : String(value));
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== "");
}

/** One of the symbols drawn in index.html, hidden from assistive technology. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

let counter = 0;

/** An id for label/for, aria-describedby and the like; unique within the page. */
export function newId(prefix) {
  counter += 1;
  return `${prefix}-${counter}`;
}

/** A button with an icon alone; `label` is its name. */
export function iconButton(name, label, onClick, className = "icon-button") {
  return el("button", { type: "button", class: className, "aria-label": label, title: label, on: { click: onClick } }, icon(name));
}

export function byId(id) {
  return document.getElementById(id);
}

/** Only http(s) and mailto leave the page; anything else is shown, not linked. */
export function safeLink(address) {
  try {
    const url = new URL(address, document.baseURI);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

export function link(address, ...children) {
  const href = safeLink(address);
  if (href === null) return el("span", {}, ...children);
  return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/** Make `nodes` the children of `parent`, in order. Only what is not in place is moved: a moved node loses focus and scroll. */
export function placeChildren(parent, nodes) {
  const kept = new Set(nodes);
  for (const node of [...parent.childNodes]) if (!kept.has(node)) node.remove();
  nodes.forEach((node, index) => {
    if (parent.childNodes[index] !== node) parent.insertBefore(node, parent.childNodes[index] ?? null);
  });
}
