import { filterInvalid } from "./invalid.ts";
import type { Match, Operator, Value } from "./tree.ts";

const space = /\s*/y;
const word = /[A-Za-z_][A-Za-z0-9_]*/y;
/** What may follow a point in a field's name without quotes. */
const part = /[A-Za-z0-9_-]+/y;
const operator = /!=|<=|>=|[=<>:]/y;
/** Enough for numbers, times with offsets, ids, names and prefixes; all else goes into quotes. */
const bare = /(?:\\.|[^\s()"'\\,=<>!])+/sy;

/** Reads a filter from left to right. Whatever is expected and not there is a FILTER_INVALID that tells where. */
export class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#skipSpace();
  }

  /** Counted from 1. */
  get position(): number {
    return this.#at + 1;
  }

  get ended(): boolean {
    return this.#at >= this.#text.length;
  }

  refuse(expected: string): never {
    throw filterInvalid(this.position, `${expected}, not ${this.#seen()}`);
  }

  /** Takes a sign if it comes next. */
  takes(sign: string): boolean {
    if (!this.#text.startsWith(sign, this.#at)) return false;
    this.#go(sign.length);
    return true;
  }

  /** Takes AND, OR or NOT if it comes next. */
  takesWord(wanted: "AND" | "OR" | "NOT"): boolean {
    if (this.#match(word) !== wanted) return false;
    this.#go(wanted.length);
    return true;
  }

  /** The parts of a field's name. */
  path(): string[] {
    const path = [this.#name(word) ?? this.refuse("a field's name is expected")];
    while (this.#text[this.#at] === ".") {
      this.#at++;
      path.push(this.#name(part) ?? this.refuse("the next part of the field's name is expected"));
    }
    this.#skipSpace();
    return path;
  }

  operator(): Operator {
    const sign = this.#match(operator);
    if (sign === undefined) this.refuse("one of = != < <= > >= : is expected");
    this.#go(sign.length);
    return sign as Operator;
  }

  value(): Value {
    const position = this.position;
    if (this.#quote()) {
      const { raw, begin } = this.#quoted();
      this.#skipSpace();
      return { ...pattern(raw, begin), position };
    }
    const raw = this.#match(bare);
    if (raw === undefined) this.refuse("a value is expected; text with spaces or signs goes into quotes");
    const begin = this.#at;
    this.#go(raw.length);
    return { ...pattern(raw, begin), position };
  }

  #go(length: number): void {
    this.#at += length;
    this.#skipSpace();
  }

  /** Takes a part of a name: text in quotes, or what the expression takes of it. */
  #name(expression: RegExp): string | undefined {
    if (this.#quote()) return this.#quoted().text;
    const found = this.#match(expression);
    if (found === undefined || (expression === word && keywords.has(found))) return undefined;
    this.#at += found.length;
    return found;
  }

  #skipSpace(): void {
    this.#at += this.#match(space)?.length ?? 0;
  }

  #match(expression: RegExp): string | undefined {
    expression.lastIndex = this.#at;
    return expression.exec(this.#text)?.[0];
  }

  #quote(): boolean {
    return this.#text[this.#at] === '"' || this.#text[this.#at] === "'";
  }

  /** Takes what stands between quotes. */
  #quoted(): { readonly raw: string; readonly text: string; readonly begin: number } {
    const quote = this.#text[this.#at];
    const begin = this.#at + 1;
    for (let at = begin; at < this.#text.length; at++) {
      if (this.#text[at] === "\\") at++;
      else if (this.#text[at] === quote) {
        const raw = this.#text.slice(begin, at);
        this.#at = at + 1;
        return { raw, text: raw.replace(/\\(.)/gs, "$1"), begin };
      }
    }
    throw filterInvalid(begin, `the text that begins here has no closing ${quote}`);
  }

  #seen(): string {
    return this.ended ? "the end" : `"${[...this.#text.slice(this.#at, this.#at + 24)].slice(0, 12).join("")}"`;
  }
}

const keywords: ReadonlySet<string> = new Set(["AND", "OR", "NOT"]);

/** What a value means, with escapes and stars as they are written; it begins at an index of the filter. */
function pattern(raw: string, begin: number): { readonly text: string; readonly match: Match } {
  let text = "";
  let open = false;
  let star = false;
  for (let at = 0; at < raw.length; at++) {
    const char = raw[at] as string;
    if (char === "\0") throw filterInvalid(begin + at + 1, "U+0000 is not allowed");
    if (char === "\\" && at + 1 < raw.length) text += raw[++at];
    else if (char !== "*") text += char;
    else if (at === raw.length - 1) star = true;
    else if (at === 0) open = true;
    else throw filterInvalid(begin + at + 1, "a star may stand at the beginning and at the end only; write \\* for the character");
  }
  if (text.includes("\0")) throw filterInvalid(begin + 1, "U+0000 is not allowed");
  return { text, match: open ? (star ? "part" : "suffix") : star ? "prefix" : "whole" };
}
