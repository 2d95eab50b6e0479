const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const plain = /^[\x20-\x7e]*$/;
const emoji = /\p{Emoji_Presentation}|\ufe0f/u;
const invisible = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]+$/u;
// East Asian wide and fullwidth: Hangul, CJK, kana, their punctuation and full-width forms.
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
// Built from parts, so that no control character stands in the source.
const control = String.fromCharCode(27);
const styled = new RegExp(`(${control}\\[[0-9;]*m)`);

/** How many columns a terminal gives to a text without styles. */
export function displayWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

function graphemeWidth(segment: string): number {
  if (emoji.test(segment) || wide.test(segment)) return 2;
  return invisible.test(segment) ? 0 : 1;
}

/** A text without its styles. */
export const unstyled = (text: string): string =>
  text
    .split(styled)
    .filter((part) => !part.startsWith(control))
    .join("");

/** A text followed by spaces up to `width` columns; longer texts stay as they are. */
export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

/** A line cut to `width` columns, with an ellipsis where something is missing. Styles are kept and take no columns. */
export function clip(line: string, width: number): string {
  let room = width - 1;
  let cut = "";
  let whole = 0;
  for (const part of line.split(styled)) {
    if (part.startsWith(control)) {
      cut += part;
      continue;
    }
    whole += displayWidth(part);
    for (const { segment } of graphemes.segment(part)) {
      const columns = graphemeWidth(segment);
      if (room < columns) {
        room = -1;
        break;
      }
      cut += segment;
      room -= columns;
    }
  }
  return whole <= width ? line : `${cut}…`;
}

/** A text of somebody else made fit for a terminal: control characters are shown, not obeyed. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (character) =>
    character === "\n" || character === "\t" ? " " : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
