// The surface of a set of blocks: a message, a modal or the Home tab. It holds the typed and chosen values.

import { askFirst } from "./confirm.js";

export class Surface {
  /**
   * `act(blockId, element, payload)` tells the bot of an action; `suggest(blockId, actionId, text)` asks for options.
   * `values` is block id → action id → {type, …}, as in Slack's view.state.values.
   */
  constructor({ names, samples, act, suggest, deleteFile, values = {}, errors = {} }) {
    Object.assign(this, { names, samples, act, suggest, deleteFile, values, errors });
  }

  value(blockId, actionId) {
    return this.values[blockId]?.[actionId] ?? null;
  }

  setValue(blockId, actionId, value) {
    (this.values[blockId] ??= {})[actionId] = value;
  }

  ask(confirm) {
    return askFirst(confirm, this.names);
  }
}

/** Where the focus is within `root`, in terms that survive a redraw; call the result to put it back. */
export function rememberFocus(root) {
  const active = document.activeElement;
  if (!active || !root.contains(active)) return () => false;
  const block = active.closest("[data-block]")?.dataset.block;
  const find = (within) => [...within.querySelectorAll("button, input, select, textarea, a")];
  const holder = block ? blockOf(root, block) : root;
  const at = find(holder ?? root).indexOf(active);
  const selection = "selectionStart" in active ? [active.selectionStart, active.selectionEnd] : null;
  return () => {
    const again = find((block && blockOf(root, block)) || root)[at];
    if (!again) return false;
    again.focus();
    if (selection?.[0] !== null && selection && again.setSelectionRange) again.setSelectionRange(...selection);
    return true;
  };
}

function blockOf(root, id) {
  return [...root.querySelectorAll("[data-block]")].find((node) => node.dataset.block === id) ?? null;
}
