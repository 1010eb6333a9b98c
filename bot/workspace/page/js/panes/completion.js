// Completion of `/` commands: a listbox above the composer.

import { el, newId } from "../drawing/dom.js";

export class Completion {
  /** `entries()` gives {text, about} in order; `pick(text)` puts one into `field`. */
  constructor(field, entries, pick) {
    Object.assign(this, { field, entries, pick, found: [], at: -1 });
    this.node = el("ul", { class: "listbox completion", role: "listbox", id: newId("commands"), hidden: true, "aria-label": "Commands" });
    field.setAttribute("aria-controls", this.node.id);
    field.setAttribute("aria-autocomplete", "list");
  }

  get open() {
    return !this.node.hidden;
  }

  update() {
    const typed = this.field.value.toLowerCase();
    const fits = typed.startsWith("/") && !typed.includes("\n");
    this.found = fits ? this.entries().filter(({ text }) => text.toLowerCase().startsWith(typed) && text.toLowerCase() !== typed.trimEnd()) : [];
    this.at = -1;
    this.node.replaceChildren(...this.found.map((entry, index) => this.row(entry, index)));
    this.show(this.found.length > 0);
  }

  row({ text, usage, about }, index) {
    const press = (event) => (event.preventDefault(), this.choose(index));
    const words = el("span", { class: "completion-text" }, el("b", {}, text), usage ? el("span", { class: "quiet" }, ` ${usage}`) : null);
    return el("li", { role: "option", id: newId("command"), "aria-selected": "false", on: { mousedown: press } }, words, el("span", { class: "choice-about" }, about));
  }

  show(open) {
    this.node.hidden = !open;
    this.field.setAttribute("aria-expanded", String(open));
    if (!open) this.field.removeAttribute("aria-activedescendant");
  }

  /** True when the key was for the list. Enter picks only what the arrows have reached, so that a whole command can be sent. */
  key(event) {
    if (!this.open) return false;
    if (event.key === "ArrowDown") this.move(1);
    else if (event.key === "ArrowUp") this.move(-1);
    else if (event.key === "Tab" && !event.shiftKey) this.choose(Math.max(this.at, 0));
    else if (event.key === "Enter" && this.at >= 0) this.choose(this.at);
    else if (event.key === "Escape") this.show(false);
    else return false;
    return true;
  }

  move(step) {
    const count = this.found.length;
    this.at = this.at < 0 ? (step > 0 ? 0 : count - 1) : (this.at + step + count) % count;
    const rows = [...this.node.children];
    rows.forEach((row, index) => row.setAttribute("aria-selected", String(index === this.at)));
    rows[this.at].scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", rows[this.at].id);
  }

  choose(index) {
    const { text } = this.found[index];
    this.show(false);
    this.pick(`${text} `);
  }
}
