// The list of messages of a channel. Messages that did not change keep their nodes, so that focus and screen readers keep their place.

import { el, placeChildren } from "../drawing/dom.js";
import { drawMessage } from "./message.js";
import { rememberFocus } from "../block_kit/surface.js";
import { dayHeading, dayKey } from "../drawing/times.js";

const TOGETHER_S = 300;
const NEAR_BOTTOM_PX = 80;

export class Log {
  /** `makeSurface(message)` gives what the message's blocks stand on. */
  constructor(names, makeSurface) {
    Object.assign(this, { names, makeSurface, drawn: new Map() });
    this.atEnd = true;
    this.list = el("div", { class: "log", role: "log", "aria-live": "polite", "aria-relevant": "additions", tabIndex: 0 });
    this.list.addEventListener("scroll", () => (this.atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR_BOTTOM_PX));
    new ResizeObserver(() => this.follow()).observe(this.list);
  }

  /** Draw `messages` (by ts, ascending) of the channel called `label`; `readUpTo` is the last ts seen before. */
  show(label, messages, readUpTo, opening) {
    const mine = messages.at(-1)?.user === this.names.me && !this.drawn.has(messages.at(-1).ts);
    if (opening || mine) this.atEnd = true;
    this.list.setAttribute("aria-label", `Messages in ${label}`);
    const refocus = rememberFocus(this.list);
    const next = new Map();
    const start = this.rowNode({ key: "start", start: label }, next);
    const nodes = this.rows(messages, readUpTo).map((row) => this.rowNode(row, next));
    this.drawn = next;
    placeChildren(this.list, [start, ...nodes]);
    if (!this.list.contains(document.activeElement)) refocus();
    this.follow();
  }

  /** Stay with the newest message, unless the person has scrolled up to read. */
  follow() {
    if (this.atEnd) this.list.scrollTop = this.list.scrollHeight;
  }

  rows(messages, readUpTo) {
    const rows = [];
    let before = null;
    let marked = readUpTo === null;
    for (const message of threaded(messages)) {
      const seconds = Number(message.ts);
      const newDay = !before || dayKey(Number(before.ts), this.names.zone) !== dayKey(seconds, this.names.zone);
      if (newDay) rows.push({ key: `day ${dayKey(seconds, this.names.zone)}`, day: dayHeading(seconds, this.names.zone, this.names.now()) });
      const fresh = !marked && message.ts > readUpTo && message.user !== this.names.me;
      if (fresh) rows.push({ key: "new", day: null }), (marked = true);
      rows.push({ key: message.ts, message, follows: !newDay && !fresh && together(before, message) });
      before = message;
    }
    return rows;
  }

  rowNode(row, next) {
    const shape = JSON.stringify([row.message ?? row.day ?? row.start, row.follows, this.names.me]);
    const old = this.drawn.get(row.key);
    const entry = old?.shape === shape ? old : { shape, node: this.draw(row) };
    next.set(row.key, entry);
    return entry.node;
  }

  draw(row) {
    if (row.start) return el("p", { class: "log-start" }, el("b", {}, `This is the start of ${row.start}.`), " Messages from members and the app appear below.");
    if (row.key === "new") return el("div", { class: "divider divider-new", role: "separator", "aria-label": "New messages" }, el("span", {}, "New"));
    if (row.day) return el("div", { class: "divider", role: "separator" }, el("span", {}, row.day));
    const node = drawMessage(row.message, this.makeSurface(row.message), { follows: row.follows });
    if (row.message.isReply) node.classList.add("reply");
    return node;
  }
}

/** Replies stand after the message they answer. */
function threaded(messages) {
  const replies = Map.groupBy ? Map.groupBy(messages.filter(isReply), (one) => one.thread_ts) : grouped(messages.filter(isReply));
  const known = new Set(messages.map((one) => one.ts));
  return messages.filter((one) => !isReply(one) || !known.has(one.thread_ts)).flatMap((one) => [one, ...(replies.get(one.ts) ?? []).map((reply) => ({ ...reply, isReply: true }))]);
}

function grouped(replies) {
  const groups = new Map();
  for (const reply of replies) groups.set(reply.thread_ts, [...(groups.get(reply.thread_ts) ?? []), reply]);
  return groups;
}

function isReply(message) {
  return message.thread_ts && message.thread_ts !== message.ts;
}

function together(before, message) {
  const same = before && before.isApp === message.isApp && before.user === message.user && before.author === message.author;
  return same && !before.ephemeral === !message.ephemeral && !before.isReply === !message.isReply && Number(message.ts) - Number(before.ts) < TOGETHER_S;
}

