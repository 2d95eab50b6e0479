import type { Output } from "../terminal.ts";
import { clip, displayWidth, unstyled } from "./width.ts";

/** Lines at the bottom of the output that are replaced as things change. */
export interface LiveArea {
  /** Replaces the lines by others. */
  readonly update: (lines: readonly string[]) => void;
  /** Writes lines above, which stay. */
  readonly keep: (lines: readonly string[]) => void;
}

const csi = `${String.fromCharCode(27)}[`;
// Terminals that know these show all that is between them at once; others pass over them.
const [begin, end] = [`${csi}?2026h`, `${csi}?2026l`];
const [toEndOfLine, toEndOfScreen] = [`${csi}K`, `${csi}J`];

/**
 * A live area on a terminal. Lines too wide are cut, and of more lines than the terminal has the last ones are shown: what scrolled away
 * cannot be replaced. Each line takes the place of the one before it, all in one piece, so that nothing flickers. No mode of the terminal is
 * changed, so whatever ends the program leaves it whole.
 */
export function liveArea(output: Output): LiveArea {
  let shown: readonly string[] = [];
  const columns = () => output.columns ?? 80;
  const fitted = (lines: readonly string[]) => lines.slice(-Math.max(1, (output.rows ?? 24) - 1)).map((line) => clip(line, columns()));
  /** Back to where the lines began. A terminal that became narrower has wrapped them. */
  const back = () => {
    const rows = shown.reduce((count, line) => count + Math.max(1, Math.ceil(displayWidth(unstyled(line)) / columns())), 0);
    return rows > 0 ? `${csi}${rows}A` : "";
  };
  const draw = (lines: readonly string[]) => lines.map((line) => `${toEndOfLine}${line}\n`).join("");
  return {
    update(lines) {
      const next = fitted(lines);
      if (next.length === shown.length && next.every((line, index) => line === shown[index])) return;
      output.write(`${begin}${back()}${draw(next)}${toEndOfScreen}${end}`);
      shown = next;
    },
    keep(lines) {
      const rest = fitted(shown);
      output.write(`${begin}${back()}${draw(lines)}${draw(rest)}${toEndOfScreen}${end}`);
      shown = rest;
    },
  };
}
