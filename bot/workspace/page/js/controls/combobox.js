// A list that is searched by typing: external_select, and each multi_…_select (ARIA combobox with a listbox).

import { plain } from "../drawing/draw.js";
import { el, icon, iconButton, newId } from "../drawing/dom.js";
import { optionsOf, same } from "./choices.js";
import { choose, keep, known, naming } from "./place.js";

const QUIET_MS = 180;

/** `multi`: several may be chosen and stand as chips before the field. */
export function combobox(multi) {
  return (element, place) => new Combobox(element, place, multi).node;
}

/** multi_users_select: people, by their ids, instead of options. */
export function peopleBox(field, initial) {
  return (element, place) => new PeopleBox(element, place, true, { field, initial }).node;
}

class Combobox {
  constructor(element, place, multi, ids = null) {
    Object.assign(this, { element, place, multi, ids, entries: [], at: -1, asked: 0 });
    this.external = element.type.includes("external");
    this.chosen = this.initial();
    this.build();
    this.store(keep);
    this.show();
  }

  initial() {
    const stored = known(this.element, this.place);
    if (this.multi) return [...((stored ? stored.selected_options : this.element.initial_options) ?? [])];
    const one = stored ? stored.selected_option : this.element.initial_option;
    return one ? [one] : [];
  }

  options() {
    return optionsOf(this.element);
  }

  build() {
    const id = newId("list");
    this.input = el("input", {
      type: "text", ...naming(this.element, this.place), class: "combo-input", role: "combobox", autocomplete: "off", spellcheck: false,
      "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id, placeholder: plain(this.element.placeholder) || "Type to search",
    });
    this.listbox = el("ul", { class: "listbox", role: "listbox", id, hidden: true, "aria-label": plain(this.element.placeholder) || "Options" });
    this.chips = el("span", { class: "chips" });
    const box = el("span", { class: "field combo-field" }, this.chips, this.input, icon("down"));
    this.node = el("div", { class: "combo" }, box, this.listbox);
    this.input.addEventListener("input", () => this.search());
    this.input.addEventListener("click", () => this.search());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.node.addEventListener("focusout", (event) => this.node.contains(event.relatedTarget) || this.leave());
  }

  /** Ask for the entries that fit what is typed; a later answer to an earlier question is dropped. */
  async search() {
    const typed = this.multi || this.input.value !== plain(this.chosen[0]?.text) ? this.input.value.trim() : "";
    const ticket = (this.asked += 1);
    if (!this.external) return this.list(this.options().filter(({ option }) => plain(option.text).toLowerCase().includes(typed.toLowerCase())));
    const least = this.element.min_query_length ?? 3;
    if (typed.length < least) return this.note(`Type ${least === 1 ? "a character" : `${least} characters`} or more.`);
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    if (ticket !== this.asked) return;
    const answer = await this.place.surface.suggest(this.place.blockId, this.element.action_id, typed);
    if (ticket === this.asked) answer ? this.list(optionsOf(answer)) : this.note("The options could not be loaded.");
  }

  list(entries) {
    this.entries = entries;
    this.at = entries.length ? 0 : -1;
    if (!entries.length) return this.note("No results");
    let group = "";
    const rows = entries.flatMap((entry, index) => {
      const head = entry.group && entry.group !== group ? [el("li", { class: "listbox-group", role: "presentation" }, entry.group)] : [];
      group = entry.group;
      return [...head, this.row(entry.option, index)];
    });
    this.open(rows);
    this.mark();
  }

  row(option, index) {
    const on = this.chosen.some((one) => same(one, option));
    const about = plain(option.description);
    const press = (event) => (event.preventDefault(), this.pick(index));
    return el("li", { role: "option", id: newId("option"), "aria-selected": String(on), on: { mousedown: press } }, plain(option.text), about && el("span", { class: "choice-about" }, about));
  }

  note(text) {
    this.entries = [];
    this.open([el("li", { class: "listbox-note", role: "presentation" }, text)]);
  }

  open(rows) {
    this.listbox.replaceChildren(...rows);
    this.listbox.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
  }

  close() {
    this.asked += 1;
    this.listbox.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  leave() {
    this.close();
    this.show();
  }

  mark() {
    const rows = [...this.listbox.querySelectorAll("[role=option]")];
    rows.forEach((row, index) => row.classList.toggle("active", index === this.at));
    if (!rows[this.at]) return;
    this.input.setAttribute("aria-activedescendant", rows[this.at].id);
    rows[this.at].scrollIntoView({ block: "nearest" });
  }

  key(event) {
    const open = !this.listbox.hidden;
    if (event.key === "Backspace" && this.multi && this.input.value === "" && this.chosen.length) return this.drop(this.chosen.at(-1));
    if (event.key === "Enter" && open && this.at >= 0) this.pick(this.at);
    else if (event.key === "Escape" && open) this.leave();
    else if (event.key === "ArrowDown") open ? this.move(1) : this.search();
    else if (event.key === "ArrowUp" && open) this.move(-1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  move(step) {
    if (this.entries.length) this.at = (this.at + step + this.entries.length) % this.entries.length;
    this.mark();
  }

  pick(index) {
    const { option } = this.entries[index];
    if (!this.multi) this.chosen = [option];
    else if (this.chosen.some((one) => same(one, option))) this.chosen = this.chosen.filter((one) => !same(one, option));
    else if (this.chosen.length < (this.element.max_selected_items ?? Infinity)) this.chosen = [...this.chosen, option];
    this.done();
  }

  drop(option) {
    this.chosen = this.chosen.filter((one) => one !== option);
    this.done();
  }

  done() {
    this.close();
    this.show();
    this.store(choose);
    this.input.focus();
  }

  show() {
    this.input.value = this.multi ? "" : plain(this.chosen[0]?.text);
    const chips = this.multi ? this.chosen : [];
    this.input.placeholder = chips.length ? "" : plain(this.element.placeholder) || "Type to search";
    this.chips.replaceChildren(...chips.map((option) => el("span", { class: "chip" }, plain(option.text), iconButton("close", `Remove ${plain(option.text)}`, () => this.drop(option), "chip-remove"))));
  }

  store(how) {
    how(this.element, this.place, this.multi ? { selected_options: this.chosen } : { selected_option: this.chosen[0] ?? null });
  }
}

class PeopleBox extends Combobox {
  options() {
    return this.place.surface.names.people().map(([id, name]) => ({ group: "", option: person(id, name) }));
  }

  initial() {
    const stored = known(this.element, this.place);
    const chosen = (stored ? stored[this.ids.field] : this.element[this.ids.initial]) ?? [];
    return chosen.map((id) => person(id, this.place.surface.names.member(id) ?? id));
  }

  store(how) {
    how(this.element, this.place, { [this.ids.field]: this.chosen.map((option) => option.value) });
  }
}

function person(id, name) {
  return { value: id, text: { type: "plain_text", text: name, emoji: false } };
}
