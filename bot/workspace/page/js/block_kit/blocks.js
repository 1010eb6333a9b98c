// Block Kit blocks as DOM. A surface (message, modal, Home) has the reader's names and takes the reader's actions.

import { drawControl, isGroup } from "../controls/index.js";
import { drawMrkdwn, drawRichText, drawText, plain } from "../drawing/draw.js";
import { el, icon, link, newId } from "../drawing/dom.js";
import { picture } from "../drawing/picture.js";

const BLOCKS = {
  section,
  header: (block) => el("h3", { class: "block-header" }, plain(block.text)),
  divider: () => el("hr", { class: "block-divider" }),
  context,
  actions: (block, surface) => el("div", { class: "block-actions" }, (block.elements ?? []).map((element) => drawControl(element, { blockId: block.block_id, surface }))),
  input,
  image: (block, surface) => el("figure", { class: "block-image" }, block.title && el("figcaption", {}, drawText(block.title, surface.names)), picture(block, "")),
  rich_text: (block, surface) => drawRichText(block, surface.names),
  markdown: (block, surface) => el("div", { class: "block-section" }, drawMrkdwn(block.text, surface.names)),
  video: (block) => el("div", { class: "block-section" }, link(block.title_url ?? block.video_url, plain(block.title))),
};

/** The blocks in order, each marked with its block_id so that an update can find its way back. */
export function drawBlocks(blocks, surface) {
  return blocks.map((block) => {
    const draw = BLOCKS[block.type] ?? ((unknown) => el("p", { class: "unknown" }, `This page cannot draw a “${unknown.type}” block.`));
    const node = draw(block, surface);
    node.dataset.block = block.block_id ?? "";
    return node;
  });
}

function section(block, surface) {
  const { names } = surface;
  const text = block.text ? el("div", { class: "text" }, drawText(block.text, names)) : null;
  const fields = block.fields ? el("div", { class: "fields" }, block.fields.map((field) => el("div", { class: "text" }, drawText(field, names)))) : null;
  const body = el("div", { class: "section-body" }, text, fields);
  if (!block.accessory) return el("div", { class: "block-section" }, body);
  const place = { blockId: block.block_id, surface, hint: plain(block.text).split("\n")[0].replace(/[*_`~]/g, "").slice(0, 80) };
  return el("div", { class: "block-section with-accessory" }, body, el("div", { class: "accessory" }, drawControl(block.accessory, place)));
}

function context(block, surface) {
  const parts = (block.elements ?? []).map((element) =>
    element.type === "image" ? picture(element, "context-image") : el("span", { class: "text" }, drawText(element, surface.names)),
  );
  return el("div", { class: "block-context" }, parts);
}

/** Label, control, hint and the bot's error, tied together for screen readers. */
function input(block, surface) {
  const inputId = newId("input");
  const labelId = newId("label");
  const hint = block.hint ? el("p", { class: "hint", id: newId("hint") }, plain(block.hint)) : null;
  const message = surface.errors[block.block_id];
  const error = message ? el("p", { class: "field-error", id: newId("error"), role: "alert" }, icon("alert"), el("span", {}, message)) : null;
  const optional = block.optional ? el("span", { class: "optional", id: newId("optional") }, "optional") : null;
  const describedBy = [error?.id, hint?.id, optional?.id].filter(Boolean).join(" ") || null;
  const place = { blockId: block.block_id, surface, inputId, labelId, describedBy, error: message, optional: block.optional === true, dispatches: block.dispatch_action === true };
  const words = plain(block.label);
  const label = isGroup(block.element.type) ? el("span", { class: "label", id: labelId }, words) : el("label", { class: "label", id: labelId, htmlFor: inputId }, words);
  const control = drawControl(block.element, place);
  return el("div", { class: message ? "block-input has-error" : "block-input" }, el("div", { class: "label-row" }, label, optional), control, error, hint);
}
