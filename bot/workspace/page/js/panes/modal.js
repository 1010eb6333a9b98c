// The stack of modals in one <dialog>: the top view is shown, typed values survive updates, closing goes back one view.

import { drawBlocks } from "../block_kit/blocks.js";
import { plain } from "../drawing/draw.js";
import { byId, el, icon, iconButton, newId } from "../drawing/dom.js";
import { unfilled } from "../block_kit/required.js";
import { Surface, rememberFocus } from "../block_kit/surface.js";

const TROUBLE = "We had some trouble connecting. Try again?";

export class Modal {
  /** `calls`: submit(view, values) → {errors?, trouble?}, close(view, all), act(view, …), suggest(view, …). */
  constructor(names, samples, calls) {
    Object.assign(this, { names, samples, calls, kept: new Map(), top: null, shape: "", trouble: "", errors: {} });
    this.dialog = el("dialog", { class: "modal" });
    this.dialog.addEventListener("cancel", (event) => (event.preventDefault(), this.leave(false)));
    this.dialog.addEventListener("keydown", (event) => this.shortcut(event));
    document.body.append(this.dialog);
  }

  /** Show the top of `views` (bottom first), or nothing. */
  show(views, appName) {
    this.appName = appName;
    const ids = new Set(views.map((view) => view.id));
    for (const id of this.kept.keys()) if (!ids.has(id)) this.kept.delete(id);
    const view = views.at(-1) ?? null;
    if (!view) return this.hide();
    const shape = JSON.stringify([view.id, view.hash, view.title, view.submit, view.close, view.blocks, views.length]);
    if (shape === this.shape) return;
    if (this.top?.id !== view.id || this.shape !== shape) (this.errors = {}), (this.trouble = "");
    const isNew = this.top?.id !== view.id;
    Object.assign(this, { shape, top: view, depth: views.length });
    this.draw(isNew);
  }

  hide() {
    if (!this.top) return;
    Object.assign(this, { top: null, shape: "" });
    this.kept.clear();
    this.dialog.close();
    this.dialog.replaceChildren();
    this.restoreFocus();
  }

  draw(isNew) {
    const refocus = rememberFocus(this.dialog);
    const scroll = this.dialog.querySelector(".modal-body")?.scrollTop ?? 0;
    this.surface = this.makeSurface(this.top);
    const title = newId("title");
    const form = el("form", { class: "modal-form", noValidate: true, on: { submit: (event) => (event.preventDefault(), this.submit()) } });
    const body = el("div", { class: "modal-body", tabIndex: -1 }, el("div", { class: "blocks" }, drawBlocks(this.top.blocks ?? [], this.surface)));
    form.append(this.head(title), body, this.foot());
    this.dialog.setAttribute("aria-labelledby", title);
    this.dialog.replaceChildren(form);
    if (!this.dialog.open) this.open();
    body.scrollTop = isNew ? 0 : scroll;
    this.focus(isNew, refocus, body);
  }

  open() {
    const active = document.activeElement;
    this.opener = { node: active, action: active?.dataset?.action, block: active?.dataset?.block, ts: active?.closest("[data-ts]")?.dataset.ts };
    this.dialog.showModal();
  }

  makeSurface(view) {
    if (!this.kept.has(view.id)) this.kept.set(view.id, structuredClone(view.state?.values ?? {}));
    return new Surface({
      names: this.names,
      samples: this.samples,
      values: this.kept.get(view.id),
      errors: this.errors,
      act: (blockId, element, payload) => this.calls.act(view, blockId, element, payload, this.current()),
      suggest: (blockId, actionId, text) => this.calls.suggest(view, blockId, actionId, text),
    });
  }

  head(title) {
    const back = this.depth > 1 ? iconButton("back", "Go back", () => this.leave(false)) : null;
    const name = el("div", { class: "modal-title" }, el("h2", { id: title }, plain(this.top.title)), el("p", { class: "quiet" }, this.appName));
    return el("header", { class: "modal-head" }, back, name, iconButton("close", "Dismiss dialog", () => this.leave(true)));
  }

  foot() {
    const trouble = this.trouble ? el("p", { class: "modal-trouble", role: "alert" }, icon("alert"), this.trouble) : null;
    const close = el("button", { type: "button", class: "button", on: { click: () => this.leave(false) } }, plain(this.top.close) || (this.top.submit ? "Cancel" : "Close"));
    const submit = this.top.submit ? el("button", { type: "submit", class: "button button-primary" }, plain(this.top.submit)) : null;
    return el("footer", { class: "modal-foot" }, trouble, close, submit);
  }

  focus(isNew, refocus, body) {
    const wrong = body.querySelector("[aria-invalid=true], .has-error input, .has-error select, .has-error textarea");
    if (wrong && Object.keys(this.errors).length) return wrong.focus();
    if (!isNew && refocus()) return;
    const first = body.querySelector("[autofocus]") ?? body.querySelector("input:not([type=hidden]), select, textarea") ?? this.dialog.querySelector(".modal-foot .button:last-child");
    first.focus({ preventScroll: isNew && first.closest(".modal-body") === null });
  }

  /** The values of the inputs that the top view has now, by block and action. */
  current() {
    const values = {};
    for (const block of this.top.blocks ?? []) {
      for (const element of [block.element, block.accessory, ...(block.elements ?? [])]) {
        const value = element?.action_id && this.surface.value(block.block_id, element.action_id);
        if (value) (values[block.block_id] ??= {})[element.action_id] = value;
      }
    }
    return values;
  }

  async submit() {
    if (!this.top.submit || this.busy) return;
    const view = this.top;
    const missing = unfilled(view.blocks ?? [], (block, action) => this.surface.value(block, action));
    if (Object.keys(missing).length) return this.say(missing, "");
    this.setBusy(true);
    const answer = await this.calls.submit(view, this.current());
    this.setBusy(false);
    if (this.top !== view) return;
    this.say(answer.errors ?? {}, answer.trouble ? TROUBLE : "");
  }

  /** Show what is wrong, or clear it; what was typed stays. */
  say(errors, trouble) {
    const before = this.trouble || Object.keys(this.errors).length;
    Object.assign(this, { errors, trouble });
    if (before || trouble || Object.keys(errors).length) this.draw(false);
  }

  setBusy(on) {
    this.busy = on;
    const button = this.dialog.querySelector("button[type=submit]");
    if (on) button?.setAttribute("aria-busy", "true");
    else button?.removeAttribute("aria-busy");
  }

  /** Go back one view; `all` leaves the whole stack. */
  leave(all) {
    if (this.top) this.calls.close(this.top, all);
  }

  shortcut(event) {
    if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
    event.preventDefault();
    this.submit();
  }

  /** Back to what opened the modal, or what has taken its place since, or the composer. */
  restoreFocus() {
    const { node, action, block, ts } = this.opener ?? {};
    if (node?.isConnected && node !== document.body) return node.focus();
    const message = ts && document.querySelector(`[data-ts="${CSS.escape(ts)}"]`);
    const again = action && message?.querySelector(`[data-action="${CSS.escape(action)}"][data-block="${CSS.escape(block ?? "")}"]`);
    (again || byId("composer").querySelector("textarea"))?.focus();
  }
}
