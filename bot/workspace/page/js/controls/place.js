// A control's place: its block, its surface and its label. All kinds of control share this.

import { plain } from "../drawing/draw.js";

/** The attributes that give a control its name and its error. An input block labels it; elsewhere its own words must do. */
export function naming(element, place) {
  if (place.inputId) {
    return {
      id: place.inputId,
      "aria-describedby": place.describedBy ?? null,
      "aria-invalid": place.error ? "true" : null,
      "aria-required": place.optional ? null : "true",
    };
  }
  return { "aria-label": plain(element.placeholder) || place.hint || element.action_id };
}

/** What was typed or chosen before in this control, or null. */
export function known(element, place) {
  return place.surface.value(place.blockId, element.action_id);
}

/** Keep `value` ({type, …} as in Slack's view.state.values); `silent` when it was not the person who set it. */
export function keep(element, place, value) {
  place.surface.setValue(place.blockId, element.action_id, { type: element.type, ...value });
}

/** Keep it and tell the bot, where the control is one that reports every change. */
export function choose(element, place, value) {
  keep(element, place, value);
  if (!place.inputId || place.dispatches) place.surface.act(place.blockId, element, value);
}
