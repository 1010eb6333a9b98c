// mrkdwn and rich_text as DOM. `names` answers who a member is, what a channel is called, the zone and the time.

import { el, link } from "./dom.js";
import { emojiText, withEmoji } from "./emoji.js";
import { parse } from "./mrkdwn.js";
import { fullTime, slackDate } from "./times.js";

const TAGS = { bold: "strong", italic: "em", strike: "s", code: "code", pre: "pre", quote: "blockquote" };

/** A text object of Block Kit ({type, text}) as nodes. */
export function drawText(text, names) {
  if (!text) return [];
  if (typeof text === "string") return [text];
  return text.type === "mrkdwn" ? drawMrkdwn(text.text, names, text.verbatim) : [plain(text)];
}

/** The plain words of a text object: for labels, names and options. */
export function plain(text) {
  if (!text) return "";
  if (typeof text === "string") return text;
  return text.emoji === false ? text.text : withEmoji(text.text);
}

export function drawMrkdwn(text, names, verbatim = false) {
  return parse(text ?? "", { verbatim }).map((node) => drawNode(node, names));
}

function drawNode(node, names) {
  if (node.type === "text") return node.text;
  if (node.type === "break") return el("br");
  if (node.type === "emoji") return emojiText(node.name);
  if (node.type === "link") return link(node.url, node.label);
  if (node.type === "date") return drawDate(node, names);
  if (node.type in TAGS) return el(TAGS[node.type], {}, node.children.map((child) => drawNode(child, names)));
  return mention(node, names);
}

function drawDate(node, names) {
  const text = slackDate(node, names.zone, names.now());
  if (!Number.isFinite(node.seconds)) return text;
  const time = el("time", { title: fullTime(node.seconds, names.zone) }, text);
  return node.url ? link(node.url, time) : time;
}

function mention(node, names) {
  if (node.type === "member") {
    const mine = node.id === names.me;
    return el("span", { class: mine ? "mention mention-me" : "mention" }, `@${names.member(node.id) ?? node.label ?? node.id}`);
  }
  if (node.type === "group") {
    const group = names.group(node.id);
    const mine = group?.members.includes(names.me);
    return el("span", { class: mine ? "mention mention-me" : "mention" }, `@${group?.handle ?? node.label?.replace(/^@/, "") ?? node.id}`);
  }
  if (node.type === "channel") return el("span", { class: "mention" }, `#${names.channel(node.id) ?? node.label ?? node.id}`);
  return el("span", { class: "mention mention-me" }, `@${node.range.replace(/^@/, "")}`);
}

/** A rich_text block. Source: docs.slack.dev "Rich text block". */
export function drawRichText(block, names) {
  return el("div", { class: "rich-text" }, (block.elements ?? []).map((part) => richPart(part, names)));
}

function richPart(part, names) {
  const inner = () => (part.elements ?? []).map((element) => richElement(element, names));
  if (part.type === "rich_text_list") {
    const items = (part.elements ?? []).map((item) => el("li", {}, richPart(item, names)));
    return el(part.style === "ordered" ? "ol" : "ul", { class: `indent-${Math.min(part.indent ?? 0, 4)}` }, items);
  }
  if (part.type === "rich_text_preformatted") return el("pre", {}, inner());
  if (part.type === "rich_text_quote") return el("blockquote", {}, inner());
  return el("div", {}, inner());
}

function richElement(element, names) {
  const bare = richBare(element, names);
  const wraps = [["bold", "strong"], ["italic", "em"], ["strike", "s"], ["code", "code"]];
  return wraps.reduce((node, [style, tag]) => (element.style?.[style] ? el(tag, {}, node) : node), bare);
}

function richBare(element, names) {
  if (element.type === "link") return link(element.url, element.text ?? element.url);
  if (element.type === "emoji") return emojiText(element.name);
  if (element.type === "user") return mention({ type: "member", id: element.user_id }, names);
  if (element.type === "channel") return mention({ type: "channel", id: element.channel_id }, names);
  if (element.type === "broadcast") return mention({ type: "broadcast", range: element.range }, names);
  if (element.type === "date") return drawDate({ seconds: element.timestamp, format: element.format, url: element.url, fallback: element.fallback ?? "" }, names);
  return element.text ?? "";
}
