// "Try this": the first thing a newcomer sees in a channel, until it is dismissed.

import { el, iconButton, newId } from "../drawing/dom.js";

const KEY = "practice-tips-dismissed";
const STEPS = [
  ["Drop a sample.", "Drag a file from Samples on the right into this channel, or press its Share button."],
  ["Type /", "in the message box to see the commands."],
  ["Act as another member.", "Switch at the top. Each member sees their own messages and forms."],
  ["Move the clock.", "Jump ahead an hour, a day or a week, and see which reminders come."],
];

export class Tips {
  constructor(changed) {
    this.changed = changed;
    this.dismissed = read();
  }

  set(dismissed) {
    this.dismissed = dismissed;
    try {
      localStorage.setItem(KEY, dismissed ? "yes" : "");
    } catch {
      // Without storage the hints come back with the next load, which harms nobody.
    }
    this.changed();
  }

  /** The panel, or nothing once dismissed. */
  draw() {
    if (this.dismissed) return null;
    const title = newId("tips");
    const steps = STEPS.map(([first, rest]) => el("li", {}, el("b", {}, first), " ", rest));
    const away = iconButton("close", "Dismiss hints", () => this.set(true));
    return el("section", { class: "tips", "aria-labelledby": title }, el("div", { class: "tips-head" }, el("h2", { id: title }, "Try this"), away), el("ol", {}, steps));
  }
}

function read() {
  try {
    return localStorage.getItem(KEY) === "yes";
  } catch {
    return false;
  }
}
