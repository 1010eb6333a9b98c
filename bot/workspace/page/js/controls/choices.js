// Choices from a short list: static_select (and the pickers of people and channels), radio_buttons, checkboxes.

import { drawText, plain } from "../drawing/draw.js";
import { el, icon, newId } from "../drawing/dom.js";
import { choose, keep, known, naming } from "./place.js";

/** Options of an element, flat, each with the label of its group if it has one. */
export function optionsOf(element) {
  const groups = element.option_groups ?? [{ options: element.options ?? [] }];
  return groups.flatMap((group) => (group.options ?? []).map((option) => ({ option, group: plain(group.label) })));
}

/** Slack knows an option by its value. */
export function same(one, other) {
  return one && other && one.value === other.value;
}

export function staticSelect(element, place) {
  const all = optionsOf(element);
  const stored = known(element, place);
  const wanted = stored ? stored.selected_option : element.initial_option;
  const chosen = all.find(({ option }) => same(option, wanted))?.option ?? null;
  keep(element, place, { selected_option: chosen });
  return select(element, place, all, all.findIndex(({ option }) => option === chosen), (option) => ({ selected_option: option }));
}

/** A native <select>: it works with every keyboard, screen reader and phone. */
function select(element, place, all, at, state) {
  const node = el("select", { ...naming(element, place), class: "field", data: { action: element.action_id ?? "" } });
  node.append(el("option", { value: "", selected: at < 0, disabled: !place.optional && !!place.inputId, hidden: !place.optional && !!place.inputId }, plain(element.placeholder) || "Choose…"));
  let group = { label: "", node };
  all.forEach((entry, index) => {
    if (entry.group !== group.label) group = { label: entry.group, node: node.appendChild(el("optgroup", { label: entry.group })) };
    const about = plain(entry.option.description);
    group.node.append(el("option", { value: entry.option.value, selected: index === at }, plain(entry.option.text) + (about ? ` (${about})` : "")));
  });
  node.addEventListener("change", async () => {
    const option = all.find(({ option: one }) => one.value === node.value)?.option ?? null;
    if (element.confirm && !(await place.surface.ask(element.confirm))) return;
    choose(element, place, state(option));
  });
  return el("span", { class: "select" }, node, icon("down"));
}

/** users_select, conversations_select, channels_select: ids instead of options. */
export function idSelect(field, people) {
  return (element, place) => {
    const entries = people(place.surface.names).map(([id, name]) => ({ group: "", option: { value: id, text: { type: "plain_text", text: name, emoji: false } } }));
    const stored = known(element, place);
    const wanted = stored ? stored[field] : element[`initial_${field.replace("selected_", "")}`];
    const at = entries.findIndex(({ option }) => option.value === wanted);
    keep(element, place, { [field]: at < 0 ? null : wanted });
    return select(element, place, entries, at, (option) => ({ [field]: option ? option.value : null }));
  };
}

export function radios(element, place) {
  const stored = known(element, place);
  const wanted = stored ? stored.selected_option : element.initial_option;
  const state = () => ({ selected_option: (element.options ?? []).find((_, index) => boxes[index].checked) ?? null });
  const boxes = ticks("radio", element, place, (option) => same(option, wanted), state);
  return group("radiogroup", element, place, boxes);
}

export function checkboxes(element, place) {
  const stored = known(element, place);
  const wanted = (stored ? stored.selected_options : element.initial_options) ?? [];
  const state = () => ({ selected_options: (element.options ?? []).filter((_, index) => boxes[index].checked) });
  const boxes = ticks("checkbox", element, place, (option) => wanted.some((one) => same(one, option)), state);
  return group("group", element, place, boxes);
}

function ticks(type, element, place, isOn, state) {
  const name = newId("choice");
  const boxes = (element.options ?? []).map((option) => el("input", { type, name, checked: isOn(option), "aria-describedby": place.describedBy ?? null }));
  queueMicrotask(() => keep(element, place, state()));
  for (const box of boxes) box.addEventListener("change", () => choose(element, place, state()));
  return boxes;
}

function group(role, element, place, boxes) {
  const rows = (element.options ?? []).map((option, index) => {
    const about = option.description ? el("span", { class: "choice-about" }, drawText(option.description, place.surface.names)) : null;
    return el("label", { class: "choice" }, boxes[index], el("span", {}, drawText(option.text, place.surface.names), about));
  });
  const name = place.labelId ? { "aria-labelledby": place.labelId } : { "aria-label": element.action_id };
  return el("div", { class: "choices", role, ...name }, rows);
}
