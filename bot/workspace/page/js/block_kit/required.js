// Checks that Slack's own client makes before it sends a form: required fields, lengths of texts.

const EMPTY = "Please complete this required field.";

/** The errors of a view's input blocks, by block id; `valueOf(blockId, actionId)` gives what stands in them. */
export function unfilled(blocks, valueOf) {
  const errors = {};
  for (const block of blocks) {
    if (block.type !== "input") continue;
    const value = valueOf(block.block_id, block.element.action_id);
    if (isEmpty(value)) {
      if (!block.optional) errors[block.block_id] = EMPTY;
    } else if (isShort(block.element, value)) errors[block.block_id] = `Please enter at least ${block.element.min_length} characters.`;
  }
  return errors;
}

/** Whether nothing was typed or chosen: all of {type, …} but the type is null, "" or an empty list. */
function isEmpty(value) {
  if (!value) return true;
  const { type, ...rest } = value;
  return Object.values(rest).every((one) => one === null || one === undefined || one === "" || (Array.isArray(one) && one.length === 0));
}

function isShort(element, value) {
  return typeof value.value === "string" && value.value.length < (element.min_length ?? 0);
}
