// Block Kit's confirmation dialog: a question with two buttons.

import { drawText, plain } from "../drawing/draw.js";
import { el, newId } from "../drawing/dom.js";

/** True when the person agreed. `confirm` is Slack's confirmation object. */
export function askFirst(confirm, names) {
  const title = newId("confirm");
  const dialog = el("dialog", { class: "modal modal-small", "aria-labelledby": title });
  const answer = (value, className, words) => el("button", { type: "button", class: className, on: { click: () => dialog.close(value) } }, words);
  const yes = confirm.style === "danger" ? "button button-danger" : "button button-primary";
  dialog.append(
    el("header", { class: "modal-head" }, el("h2", { id: title }, plain(confirm.title) || "Are you sure?")),
    el("div", { class: "modal-body text" }, drawText(confirm.text, names)),
    el("footer", { class: "modal-foot" }, answer("", "button", plain(confirm.deny) || "Cancel"), answer("yes", yes, plain(confirm.confirm) || "Yes")),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
