// The acting member: a radio group of the workspace's members.

import { byId, el } from "../drawing/dom.js";
import { initials } from "../drawing/words.js";

export function showPeople(members, me, actAs) {
  const field = byId("people");
  const shape = JSON.stringify([members, me]);
  if (field.dataset.shape === shape) return;
  const focused = field.contains(document.activeElement);
  field.dataset.shape = shape;
  const legend = field.querySelector("legend");
  field.replaceChildren(legend, el("span", { class: "people-words", "aria-hidden": "true" }, "Act as"), ...members.map((member) => choice(member, me, actAs)));
  if (focused) field.querySelector("input:checked")?.focus();
}

function choice(member, me, actAs) {
  const kind = member.is_external ? "external" : member.is_guest ? "guest" : "";
  const mark = kind ? el("span", { class: "tag tag-rail" }, kind) : null;
  const input = el("input", { type: "radio", name: "act-as", value: member.id, checked: member.id === me, on: { change: () => actAs(member.id) } });
  const title = [member.real_name, member.is_admin && "admin", kind, member.tz].filter(Boolean).join(", ");
  return el("label", { class: "person", title }, input, el("span", { class: `avatar avatar-tiny avatar-${member.hue}`, "aria-hidden": "true" }, initials(member.real_name || member.name)), el("span", { class: "person-name" }, member.real_name || member.name), mark);
}
