// The box to type messages and commands and to attach files.

import { Completion } from "./completion.js";
import { byId, el, icon, iconButton } from "../drawing/dom.js";

const MAX_ROWS_PX = 180;

export class Composer {
  /** `acts`: send(text), share(files), commands() → [{text, usage, about}]. */
  constructor(acts) {
    this.acts = acts;
    this.drafts = new Map();
    this.form = byId("composer");
    this.field = el("textarea", { class: "composer-field", rows: 1, role: "combobox", "aria-expanded": "false", spellcheck: true });
    this.completion = new Completion(this.field, acts.commands, (text) => this.fill(text));
    this.form.append(this.completion.node, this.box());
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("blur", () => this.completion.show(false));
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.send()));
  }

  box() {
    const picker = el("input", { type: "file", multiple: true, hidden: true, tabIndex: -1, "aria-label": "Files to share" });
    picker.addEventListener("change", () => {
      this.acts.share([...picker.files]);
      picker.value = "";
    });
    const attach = iconButton("clip", "Attach a file", () => picker.click());
    const slash = el("button", { type: "button", class: "icon-button slash", "aria-label": "Commands", title: "Commands", on: { click: () => this.fill("/") } }, "/");
    this.sendButton = el("button", { type: "submit", class: "send", "aria-label": "Send", title: "Send" }, icon("send"));
    return el("div", { class: "composer-box" }, this.field, el("div", { class: "composer-tools" }, attach, picker, slash, el("span", { class: "composer-hint" }, "Enter sends, Shift+Enter starts a new line"), this.sendButton));
  }

  /** Switch to another conversation; each keeps its own draft. */
  aim(key, label) {
    if (this.target !== key) {
      if (this.target) this.drafts.set(this.target, this.field.value);
      this.field.value = this.drafts.get(key) ?? "";
      this.completion.show(false);
      this.target = key;
      this.fit();
    }
    this.field.setAttribute("aria-label", `Message ${label}`);
    this.field.placeholder = `Message ${label}, or / for commands`;
  }

  fill(text) {
    this.field.value = text;
    this.field.focus();
    this.typed();
  }

  typed() {
    this.fit();
    this.completion.update();
  }

  fit() {
    this.sendButton.disabled = this.field.value.trim() === "";
    this.field.rows = 1;
    while (this.field.scrollHeight > this.field.clientHeight + 1 && this.field.clientHeight < MAX_ROWS_PX) this.field.rows += 1;
  }

  key(event) {
    if (this.completion.key(event)) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.send();
    }
  }

  /** Send the text; put it back into the field if that failed and nothing else was typed meanwhile. */
  async send() {
    const text = this.field.value.trim();
    if (!text) return;
    this.field.value = "";
    this.completion.show(false);
    this.fit();
    const sent = await this.acts.send(text);
    if (sent === null && this.field.value === "") {
      this.field.value = text;
      this.fit();
    }
  }
}
