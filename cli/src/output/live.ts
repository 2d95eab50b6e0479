import type { Output } from "../terminal.ts";
import { clip } from "./width.ts";

/** Lines at the bottom of the output that are replaced as things change. */
export interface LiveArea {
  /** Replaces the lines by others. */
  readonly update: (lines: readonly string[]) => void;
  /** Writes lines above, which stay. */
  readonly keep: (lines: readonly string[]) => void;
}

const control = String.fromCharCode(27);

/** A live area on a terminal. Lines too wide are cut, and of more lines than the terminal has the last ones are shown: what scrolled away cannot be replaced. */
export function liveArea(output: Output): LiveArea {
  let shown: readonly string[] = [];
  const erase = () => (shown.length > 0 ? `${control}[${shown.length}A${control}[J` : "");
  const draw = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");
  const fitted = (lines: readonly string[]) =>
    lines.slice(-Math.max(1, (output.rows ?? 24) - 1)).map((line) => clip(line, output.columns ?? 80));
  return {
    update(lines) {
      const next = fitted(lines);
      if (next.length === shown.length && next.every((line, index) => line === shown[index])) return;
      output.write(erase() + draw(next));
      shown = next;
    },
    keep(lines) {
      output.write(erase() + draw(lines) + draw(shown));
    },
  };
}
