// The workspace's clock, and four buttons that move it forward.

import { byId, el, icon } from "../drawing/dom.js";
import { clockTime, shortDay, untilMorning } from "../drawing/times.js";

const HOUR = 3600;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const TICK_MS = 1000;

/** `advance(seconds)` moves it; the shown time is the acting member's. */
export function startClock(names, advance) {
  const time = el("p", { class: "clock-time" });
  const button = (words, seconds) => el("button", { type: "button", class: "button button-small", on: { click: () => advance(seconds()) } }, words);
  byId("clock").replaceChildren(
    el("h2", { id: "clock-title" }, icon("clock"), "Workspace clock"),
    time,
    el("div", { class: "clock-moves" },
      button("+1 hour", () => HOUR),
      button("+1 day", () => DAY),
      button("+1 week", () => WEEK),
      button("Next morning 09:00", () => untilMorning(names.now(), names.zone))),
    el("p", { class: "side-about" }, "Move it forward to see reminders come back."),
  );
  const tick = () => {
    const now = names.now();
    const words = [el("b", {}, clockTime(now, names.zone)), ` ${shortDay(now, names.zone)} `, el("span", { class: "quiet" }, names.zone)];
    const shape = words.map((word) => word.textContent ?? word).join("");
    if (time.dataset.shape === shape) return;
    time.dataset.shape = shape;
    time.replaceChildren(...words);
  };
  tick();
  setInterval(tick, TICK_MS);
  return tick;
}
