// file_input: files from the computer, by choosing or dropping, and from the tray of samples.

import { el, icon, iconButton, newId } from "../drawing/dom.js";
import { draggedFiles, marksDrop } from "../drawing/drag.js";
import { sizeText } from "../drawing/words.js";
import { keep, known } from "./place.js";

export function fileInput(element, place) {
  const most = element.max_files ?? 10;
  let files = known(element, place)?.files ?? [];
  const list = el("ul", { class: "picked" });
  const put = (next) => {
    files = next.slice(-most);
    keep(element, place, { files });
    list.replaceChildren(...files.map((file) => pickedRow(file, () => put(files.filter((one) => one !== file)))));
  };
  const add = (more) => put(most === 1 ? more.slice(-1) : [...files, ...more]);
  const node = el("div", { class: "file-input" }, dropzone(element, place, most, add), sampleChooser(place.surface, add), list);
  marksDrop(node, async (transfer) => add(await draggedFiles(transfer, place.surface.samples)));
  put(files);
  return node;
}

function dropzone(element, place, most, add) {
  const accept = (element.filetypes ?? []).map((type) => `.${type}`).join(",");
  const input = el("input", {
    type: "file", id: place.inputId, class: "file-native", multiple: most > 1, accept: accept || null,
    "aria-describedby": place.describedBy ?? null, "aria-invalid": place.error ? "true" : null,
  });
  input.addEventListener("change", () => {
    add([...input.files]);
    input.value = ""; // so that the same file can be chosen again
  });
  const words = most === 1 ? "Drop a file here, or choose one" : `Drop up to ${most} files here, or choose them`;
  return el("span", { class: "dropzone" }, icon("upload"), el("span", { "aria-hidden": "true" }, words), input);
}

function pickedRow(file, remove) {
  return el(
    "li", { class: "picked-file" }, icon("file"),
    el("span", { class: "picked-name" }, file.name), el("span", { class: "quiet" }, sizeText(file.size)),
    iconButton("close", `Remove ${file.name}`, remove),
  );
}

/** The tray lies behind the modal, so its samples are offered here again. */
function sampleChooser(surface, add) {
  if (!surface.samples.list.length) return null;
  const id = newId("samples");
  const rows = surface.samples.list.map((sample) => {
    const pick = async () => {
      add([await surface.samples.file(sample)]);
      show(false);
      opener.focus();
    };
    return el("li", {}, el("button", { type: "button", class: "sample-pick", on: { click: pick } }, el("b", {}, sample.name), el("span", {}, sample.about)));
  });
  const panel = el("ul", { class: "sample-list", id, hidden: true, "aria-label": "Samples" }, rows);
  const opener = el("button", { type: "button", class: "link-button", "aria-expanded": "false", "aria-controls": id }, icon("tray"), "Choose from the samples");
  const show = (open) => {
    panel.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
  };
  opener.addEventListener("click", () => show(panel.hidden));
  return el("div", { class: "sample-chooser" }, opener, panel);
}
