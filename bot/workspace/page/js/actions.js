// What people do, told to the server; and what is said when that fails.

import { api } from "./api.js";
import { toast } from "./toast.js";

export class Actions {
  constructor(session) {
    this.session = session;
  }

  get me() {
    return this.session.me;
  }

  /** A command or a message, from the composer; null where the workspace did not take it. */
  async send(channel, text) {
    if (!text.startsWith("/")) return this.session.attempt(api.say(this.me, channel, text));
    const answer = await this.session.attempt(api.command(this.me, channel, text));
    if (answer && !answer.ok) this.session.notice(channel, commandFailure(text.split(/\s/)[0], answer.error));
    return answer;
  }

  share(channel, files) {
    return files.length ? this.session.attempt(api.share(this.me, channel, files)) : null;
  }

  async sampleFile(sample) {
    const response = await fetch(sample.address);
    return new File([await response.blob()], sample.name, { type: "application/octet-stream" });
  }

  advance(seconds) {
    return this.session.attempt(api.advance(seconds));
  }

  openHome() {
    return this.session.attempt(api.home(this.me));
  }

  /** How blocks of a message reach the bot. */
  forMessage(channel, message) {
    return { ...this.block({ channel, message: message.ts }), deleteFile: (id) => this.session.attempt(api.deleteFile(this.me, id)) };
  }

  /** How blocks of a Home view reach the bot. */
  forView(view) {
    return this.block({ view: view?.id });
  }

  block(container) {
    return {
      act: (blockId, element, payload) => this.act(container, blockId, element, payload),
      suggest: (blockId, actionId, text) => this.suggest(container, blockId, actionId, text),
    };
  }

  async act(container, blockId, element, payload, values = {}) {
    const action = { type: element.type, block_id: blockId, action_id: element.action_id, ...payload };
    const answer = await this.session.attempt(api.act(this.me, { ...container, action, values: split(values).values }));
    if (answer && !answer.ok) toast(actionFailure(answer.error));
  }

  async suggest(container, blockId, actionId, text) {
    return this.session.attempt(api.suggest(this.me, { ...container, block_id: blockId, action_id: actionId, text }));
  }

  forModal() {
    return {
      act: (view, blockId, element, payload, values) => this.act({ view: view.id }, blockId, element, payload, values),
      suggest: (view, blockId, actionId, text) => this.suggest({ view: view.id }, blockId, actionId, text),
      submit: (view, values) => this.submit(view, values),
      close: (view, all) => this.close(view, all),
    };
  }

  /** Close the view on top; `all` closes those below it as well, one by one, so that the bot hears of each. */
  async close(view, all) {
    const stack = all ? [...this.session.state.views].reverse() : [view];
    for (const one of stack) await this.session.attempt(api.close(this.me, one.id));
  }

  /** {errors} for the fields, {trouble: true} where the bot did not answer, {} where it went through. */
  async submit(view, all) {
    const { values, files } = split(all);
    const answer = await this.session.attempt(api.submit(this.me, view.id, values, files));
    if (!answer || answer.error) return { trouble: true };
    return { errors: answer.errors ?? {} };
  }
}

/** Files travel beside the values, each under its "block_id/action_id"; no files are a value, too. */
function split(all) {
  const values = {};
  const files = [];
  for (const [block, actions] of Object.entries(all)) {
    for (const [action, value] of Object.entries(actions)) {
      const chosen = value.type === "file_input" ? value.files ?? [] : [];
      files.push(...chosen.map((file) => [`${block}/${action}`, file]));
      (values[block] ??= {})[action] = value.type === "file_input" ? { type: value.type, files: [] } : value;
    }
  }
  return { values, files };
}

const MEMBERSHIP_FAILURES = {
  no_user: "Add the name of the app or of a member: `/invite @bob`.",
  user_not_found: "This workspace has no member and no app with that name.",
  already_in_channel: "That member or app is in this channel already.",
  not_in_channel: "That member or app is not in this channel.",
  cant_kick_self: "You cannot remove yourself from a channel with `/remove`.",
  method_not_supported_for_channel_type: "Direct messages stay between you and the app. Type the command in a channel.",
};

/** The notice for a command that failed, in Slack's words where it has some. */
function commandFailure(name, error) {
  if (error === "unknown_command") return `\`${name}\` is not a valid command. Type \`/\` to see those that are.`;
  if (error in MEMBERSHIP_FAILURES) return MEMBERSHIP_FAILURES[error];
  return `${name} failed with the error "${error}"`;
}

function actionFailure(error) {
  if (error === "operation_timeout") return "The app took too long to answer that. Try again.";
  return `That did not work: the app answered with "${error}".`;
}
