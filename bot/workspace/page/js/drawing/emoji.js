// The emoji a bot is likely to send, by Slack's short name. An unknown one is shown as :name:, as it was written.

const EMOJI = {
  warning: "⚠️", white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", no_entry: "⛔", no_entry_sign: "🚫",
  lock: "🔒", unlock: "🔓", key: "🔑", old_key: "🗝️", closed_lock_with_key: "🔐", scroll: "📜", page_facing_up: "📄",
  paperclip: "📎", package: "📦", wastebasket: "🗑️", bell: "🔔", alarm_clock: "⏰", hourglass: "⌛",
  hourglass_flowing_sand: "⏳", stopwatch: "⏱️", calendar: "📆", date: "📅", clock9: "🕘", information_source: "ℹ️",
  bulb: "💡", wave: "👋", tada: "🎉", eyes: "👀", eye: "👁️", rocket: "🚀", gear: "⚙️", wrench: "🔧", memo: "📝",
  arrows_counterclockwise: "🔄", repeat: "🔁", link: "🔗", shield: "🛡️", mag: "🔍", question: "❓", exclamation: "❗",
  red_circle: "🔴", large_green_circle: "🟢", large_yellow_circle: "🟡", large_orange_circle: "🟠", large_blue_circle: "🔵",
  white_circle: "⚪", black_circle: "⚫", small_blue_diamond: "🔹", small_orange_diamond: "🔸", speech_balloon: "💬",
  house: "🏠", robot_face: "🤖", thumbsup: "👍", "+1": "👍", thumbsdown: "👎", "-1": "👎", smile: "😄", slightly_smiling_face: "🙂",
  pray: "🙏", raised_hands: "🙌", clap: "👏", heart: "❤️", star: "⭐", fire: "🔥", zzz: "💤", construction: "🚧", checkered_flag: "🏁",
};

export function emojiText(name) {
  return EMOJI[name] ?? `:${name}:`;
}

/** The emoji of a plain_text object; the rest of it is as written. */
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+'-]+):/g, (whole, name) => EMOJI[name] ?? whole);
}
