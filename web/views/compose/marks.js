// Marks of Markdown around the selected words.

const MARKS = { b: ["**", "**"], i: ["*", "*"] };
const ADDRESS = "https://";

export function putMark(box, key) {
  if (key === "k") link(box);
  else surround(box, ...MARKS[key]);
}

/** Put marks around the selection, or take them away where they stand already. */
function surround(box, before, after) {
  const { selectionStart: start, selectionEnd: end, value } = box;
  const words = value.slice(start, end);
  const from = start - before.length;
  const isMarked = from >= 0 && value.slice(from, start) === before
    && value.slice(end, end + after.length) === after;
  if (isMarked) {
    type(box, words, from, end + after.length);
    box.setSelectionRange(from, from + words.length);
  } else {
    type(box, before + words + after, start, end);
    box.setSelectionRange(start + before.length, end + before.length);
  }
}

/** Make the selected words a link, its address selected to be typed over. */
function link(box) {
  const { selectionStart: start, selectionEnd: end, value } = box;
  const words = value.slice(start, end);
  type(box, `[${words}](${ADDRESS})`, start, end);
  const at = start + words.length + 3;
  box.setSelectionRange(at, at + ADDRESS.length);
}

/** As if it was typed: setting the value would take the way back (Ctrl Z) with it. */
function type(box, text, start, end) {
  box.focus();
  box.setSelectionRange(start, end);
  if (document.execCommand("insertText", false, text)) return;
  box.setRangeText(text, start, end, "end");
  box.dispatchEvent(new Event("input"));
}
