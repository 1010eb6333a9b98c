// A message: author, time, text, blocks, files, and the note on an ephemeral one.

import { drawBlocks } from "../block_kit/blocks.js";
import { drawMrkdwn } from "../drawing/draw.js";
import { el, icon, iconButton, link } from "../drawing/dom.js";
import { clockTime, fullTime } from "../drawing/times.js";
import { initials, sizeText } from "../drawing/words.js";

/** `follows`: the message before is by the same author, shortly before, so that the head can be left out. */
export function drawMessage(message, surface, { follows = false } = {}) {
  const { names } = surface;
  const author = authorOf(message, names);
  const time = clockTime(Number(message.ts), names.zone);
  const stamp = el("time", { class: "message-time", title: fullTime(Number(message.ts), names.zone) }, time);
  const head = follows ? null : el("div", { class: "message-head" }, el("b", { class: "message-author" }, author.name), author.isApp && el("span", { class: "tag" }, "App"), stamp);
  const edited = message.edited ? el("span", { class: "quiet edited" }, "(edited)") : null;
  const eyes = message.ephemeral ? el("p", { class: "only-you" }, icon("eye"), "Only visible to you") : null;
  const side = follows ? el("div", { class: "message-gutter" }, stamp) : avatar(author);
  const kind = [message.ephemeral && "ephemeral", message.trouble && "trouble", follows && "follows"].filter(Boolean).join(" ");
  return el(
    "article",
    { class: `message ${kind}`, "aria-label": `${author.name}, ${time}`, data: { ts: message.ts } },
    side,
    el("div", { class: "message-main" }, eyes, head, body(message, surface), edited, files(message.files, surface)),
  );
}

export function avatar(author) {
  const kind = author.isApp ? "avatar avatar-app" : `avatar avatar-${author.hue}`;
  return el("span", { class: kind, "aria-hidden": "true" }, initials(author.name));
}

export function authorOf(message, names) {
  if (message.isApp) return { name: message.author, isApp: true };
  const person = names.person(message.user);
  return { name: names.member(message.user) ?? message.user ?? "Somebody", isApp: false, hue: person?.hue ?? 0 };
}

function body(message, surface) {
  const attached = (message.attachments ?? []).map((one) => attachment(one, surface));
  if (message.blocks?.length) return [el("div", { class: "blocks" }, drawBlocks(message.blocks, surface)), attached];
  const text = message.text ? el("div", { class: "text" }, drawMrkdwn(message.text, surface.names)) : null;
  return [text, attached];
}

function attachment(one, surface) {
  const inner = one.blocks?.length ? drawBlocks(one.blocks, surface) : [el("div", { class: "text" }, drawMrkdwn(one.text ?? one.fallback, surface.names))];
  return el("div", { class: "attachment" }, inner);
}

function files(list, surface) {
  if (!list?.length) return null;
  return el("ul", { class: "files" }, list.map((file) => el("li", {}, fileCard(file, surface))));
}

function fileCard(file, surface) {
  if (file.deleted) return el("p", { class: "file-card file-gone" }, icon("file"), "This file was deleted.");
  const words = el("span", { class: "file-words" }, el("span", { class: "file-name" }, file.name ?? file.id), el("span", { class: "quiet" }, sizeText(file.size)));
  return el("div", { class: "file-card" }, el("span", { class: "file-icon" }, icon("file")), file.address ? link(file.address, words) : words, deletion(file, surface));
}

/** Only where the server says that this member may: Slack lets the uploader and an admin. */
function deletion(file, surface) {
  if (!file.deletable) return null;
  const sure = { title: "Delete this file?", text: `${file.name} goes away for everybody.`, confirm: "Delete file", deny: "Keep it", style: "danger" };
  const act = async () => (await surface.ask(sure)) && surface.deleteFile(file.id);
  return iconButton("trash", `Delete file ${file.name}`, act);
}
