// Dragging files: from the tray (by the sample's name) and from the desktop.

const SAMPLE = "application/x-practice-sample";

/** What the tray puts on the pointer. */
export function startSampleDrag(event, sample) {
  event.dataTransfer.effectAllowed = "copy";
  event.dataTransfer.setData(SAMPLE, sample.name);
  event.dataTransfer.setData("text/plain", sample.name);
}

function carriesFiles(transfer) {
  return transfer.types.includes("Files") || transfer.types.includes(SAMPLE);
}

/** The dropped files as File objects; a sample is fetched from the tray. Read `transfer` before the first await. */
export async function draggedFiles(transfer, samples) {
  const name = transfer.getData(SAMPLE);
  const files = [...transfer.files];
  if (!name) return files;
  const sample = samples.list.find((one) => one.name === name);
  return sample ? [await samples.file(sample)] : files;
}

/** Make `node` a place to drop files on: `dragging` while they hover, `onDrop(transfer)` when they fall. */
export function marksDrop(node, onDrop) {
  let depth = 0;
  const hover = (on) => node.classList.toggle("dragging", on);
  node.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event.dataTransfer)) return;
    event.preventDefault();
    depth += 1;
    hover(true);
  });
  node.addEventListener("dragleave", () => hover((depth = Math.max(0, depth - 1)) > 0));
  node.addEventListener("dragover", (event) => {
    if (!carriesFiles(event.dataTransfer)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  node.addEventListener("drop", (event) => {
    depth = 0;
    hover(false);
    if (!carriesFiles(event.dataTransfer)) return;
    event.preventDefault();
    event.stopPropagation();
    onDrop(event.dataTransfer);
  });
}

/** A file that misses every place must not replace the page. */
export function guardPage() {
  for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());
}
