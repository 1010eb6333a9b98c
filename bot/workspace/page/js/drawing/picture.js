// Pictures in the bot's messages. The page loads nothing from other servers: their pictures become links.

import { el, icon, link } from "./dom.js";

export function picture(source, className) {
  const address = source.image_url ?? source.slack_file?.url ?? "";
  const own = address.startsWith("data:image/") || address.startsWith(window.location.origin + "/");
  if (own) return el("img", { class: className, src: address, alt: source.alt_text ?? "" });
  return el("span", { class: "far-picture" }, icon("image"), address ? link(address, source.alt_text || "Picture") : source.alt_text || "Picture");
}
