// datepicker, timepicker and datetimepicker, on the browser's own inputs. Times are the acting member's.

import { el } from "../drawing/dom.js";
import { fromLocalInput, toLocalInput } from "../drawing/times.js";
import { choose, keep, known, naming } from "./place.js";

function picker(type, read, element, place, shown) {
  const node = el("input", { type, ...naming(element, place), class: "field field-date", value: shown });
  keep(element, place, read(node.value));
  node.addEventListener("change", () => choose(element, place, read(node.value)));
  node.addEventListener("input", () => keep(element, place, read(node.value)));
  return node;
}

export function datepicker(element, place) {
  const shown = known(element, place)?.selected_date ?? element.initial_date ?? "";
  return picker("date", (value) => ({ selected_date: value || null }), element, place, shown);
}

export function timepicker(element, place) {
  const shown = known(element, place)?.selected_time ?? element.initial_time ?? "";
  return picker("time", (value) => ({ selected_time: value || null }), element, place, shown);
}

export function datetimepicker(element, place) {
  const { zone } = place.surface.names;
  const moment = known(element, place)?.selected_date_time ?? element.initial_date_time ?? null;
  const shown = moment === null ? "" : toLocalInput(moment, zone);
  const read = (value) => ({ selected_date_time: fromLocalInput(value, zone) });
  const node = picker("datetime-local", read, element, place, shown);
  return el("span", { class: "with-zone" }, node, el("span", { class: "zone" }, zone));
}
