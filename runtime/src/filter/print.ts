import type { Comparison, Filter, Match } from "./tree.ts";

/** Writes a filter such that parsing it gives the same tree. */
export function printFilter(filter: Filter): string {
  switch (filter.kind) {
    case "comparison":
      return printComparison(filter);
    case "not":
      return `NOT ${inParentheses(filter.of)}`;
    default:
      return filter.of.map(inParentheses).join(filter.kind === "and" ? " AND " : " OR ");
  }
}

const inParentheses = (filter: Filter) =>
  filter.kind === "and" || filter.kind === "or" ? `(${printFilter(filter)})` : printFilter(filter);

const before: Readonly<Record<Match, string>> = { whole: "", prefix: "", suffix: "*", part: "*" };
const after: Readonly<Record<Match, string>> = { whole: "", prefix: "*", suffix: "", part: "*" };

function printComparison({ path, operator, value: { text, match } }: Comparison): string {
  const value = `${before[match]}${text.replace(/[\\"*]/g, "\\$&")}${after[match]}`;
  return `${path.map(printPart).join(".")} ${operator} "${value}"`;
}

/** The words of the language are names as well, where quotes tell them apart. */
const plain = /^(?!(?:AND|OR|NOT)$)[A-Za-z_][A-Za-z0-9_]*$/;
const printPart = (part: string) => (plain.test(part) ? part : `"${part.replace(/[\\"]/g, "\\$&")}"`);
