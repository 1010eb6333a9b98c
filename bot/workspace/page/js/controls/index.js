// The control for each Block Kit element.

import { plain } from "../drawing/draw.js";
import { el } from "../drawing/dom.js";
import { picture } from "../drawing/picture.js";
import { button, overflow } from "./buttons.js";
import { checkboxes, idSelect, radios, staticSelect } from "./choices.js";
import { combobox, peopleBox } from "./combobox.js";
import { datepicker, datetimepicker, timepicker } from "./dates.js";
import { fileInput } from "./files.js";
import { typed } from "./texts.js";

const CONTROLS = {
  button,
  overflow,
  image: (element) => picture(element, "accessory-image"),
  plain_text_input: typed,
  number_input: typed,
  email_text_input: typed,
  url_text_input: typed,
  datepicker,
  timepicker,
  datetimepicker,
  static_select: staticSelect,
  radio_buttons: radios,
  checkboxes,
  users_select: idSelect("selected_user", (names) => names.people()),
  channels_select: idSelect("selected_channel", (names) => names.channels()),
  conversations_select: idSelect("selected_conversation", (names) => names.channels()),
  external_select: combobox(false),
  multi_static_select: combobox(true),
  multi_external_select: combobox(true),
  multi_users_select: peopleBox("selected_users", "initial_users"),
  file_input: fileInput,
};

/** True for elements that are several controls under one label, so that a <label for> has nothing to point at. */
export function isGroup(type) {
  return type === "radio_buttons" || type === "checkboxes";
}

export function drawControl(element, place) {
  const draw = CONTROLS[element.type];
  if (draw) return draw(element, place);
  return el("span", { class: "unknown" }, `This page cannot draw “${plain(element.text) || element.type}”.`);
}
