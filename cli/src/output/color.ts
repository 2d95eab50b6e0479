import { styleText } from "node:util";

/** What a piece of text is, as far as its colour goes. */
export type Tone = "good" | "bad" | "busy" | "faint" | "strong" | "plain";

/** Gives a text the colour of its tone, or leaves it alone. */
export type Paint = (tone: Tone, text: string) => string;

const styles = { good: "green", bad: "red", busy: "yellow", faint: "dim", strong: "bold" } as const;

/** Paints where colour is wanted; otherwise every text stays as it is. */
export function painter(colored: boolean): Paint {
  if (!colored) return (_, text) => text;
  return (tone, text) => (tone === "plain" || text === "" ? text : styleText(styles[tone], text, { validateStream: false }));
}

/** Whether to use colour: on a terminal, unless --no-color, NO_COLOR or a dumb terminal says otherwise. */
export function wantsColor(
  env: Readonly<Record<string, string | undefined>>,
  terminal: boolean,
  asked: { readonly color?: boolean | undefined },
): boolean {
  if (asked.color === false || env.NO_COLOR) return false;
  return terminal && env.TERM !== "dumb";
}
