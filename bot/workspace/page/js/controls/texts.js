// Typed inputs: plain_text_input, number_input, email_text_input, url_text_input.

import { plain } from "../drawing/draw.js";
import { el } from "../drawing/dom.js";
import { choose, keep, known, naming } from "./place.js";

const KINDS = { number_input: "text", email_text_input: "email", url_text_input: "url", plain_text_input: "text" };

export function typed(element, place) {
  const value = known(element, place)?.value ?? element.initial_value ?? "";
  const common = {
    ...naming(element, place),
    class: "field",
    value,
    placeholder: plain(element.placeholder) || null,
    autocomplete: "off",
    spellcheck: element.multiline === true,
    maxLength: element.max_length ?? 3000,
    inputMode: element.type === "number_input" ? "decimal" : null,
    autofocus: element.focus_on_load === true,
  };
  const node = element.multiline ? el("textarea", { ...common, rows: 3 }) : el("input", { type: KINDS[element.type] ?? "text", ...common });
  keep(element, place, { value: value || null });
  node.addEventListener("input", () => keep(element, place, { value: node.value || null }));
  dispatching(node, element, place);
  return node;
}

/** dispatch_action: the bot hears of Enter, or of each character, as dispatch_action_config says. */
function dispatching(node, element, place) {
  if (!place.dispatches) return;
  const on = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  if (on.includes("on_character_entered")) node.addEventListener("input", () => choose(element, place, { value: node.value || null }));
  if (!on.includes("on_enter_pressed")) return;
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    choose(element, place, { value: node.value || null });
  });
}
