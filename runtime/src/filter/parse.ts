import { filterInvalid } from "./invalid.ts";
import { Scanner } from "./scan.ts";
import { type Comparison, type Filter, joined } from "./tree.ts";

const deepest = 20;
const mostComparisons = 200;

/**
 * Reads a filter in the grammar of AIP-160, where OR binds tighter than AND.
 * Nothing stands for everything. Fails with FILTER_INVALID, which tells the
 * position and what would be right there.
 *
 *     status = (FAILED OR STOPPED) AND create_time > -7d AND NOT tags:nightly
 */
export function parseFilter(text: string): Filter | undefined {
  const scanner = new Scanner(text);
  if (scanner.ended) return undefined;
  const parser = { scanner, comparisons: 0 };
  const filter = conjunction(parser, 0);
  if (!scanner.ended) scanner.refuse("AND or OR is expected between comparisons; text with spaces goes into quotes");
  return filter;
}

interface Parser {
  readonly scanner: Scanner;
  /** How many were read. */
  comparisons: number;
}

function conjunction(parser: Parser, depth: number): Filter {
  const parts = [disjunction(parser, depth)];
  while (parser.scanner.takesWord("AND")) parts.push(disjunction(parser, depth));
  return joined("and", parts);
}

function disjunction(parser: Parser, depth: number): Filter {
  const parts = [term(parser, depth)];
  while (parser.scanner.takesWord("OR")) parts.push(term(parser, depth));
  return joined("or", parts);
}

function term(parser: Parser, depth: number): Filter {
  const { scanner } = parser;
  if (depth > deepest) throw filterInvalid(scanner.position, `more than ${deepest} parentheses and NOTs lie in each other`);
  if (scanner.takesWord("NOT") || scanner.takes("-")) return { kind: "not", of: term(parser, depth + 1) };
  if (!scanner.takes("(")) return comparison(parser);
  const inner = conjunction(parser, depth + 1);
  if (!scanner.takes(")")) scanner.refuse("a closing ) is expected");
  return inner;
}

/** `field = value`, or `field = (this OR that)`, which says it for each. */
function comparison(parser: Parser): Filter {
  const { scanner } = parser;
  const { position } = scanner;
  const path = scanner.path();
  const operator = scanner.operator();
  const one = (): Comparison => {
    if (++parser.comparisons > mostComparisons)
      throw filterInvalid(scanner.position, `a filter has at most ${mostComparisons} comparisons`);
    return { kind: "comparison", path, operator, value: scanner.value(), position };
  };
  if (!scanner.takes("(")) return one();
  const values = [one()];
  while (scanner.takesWord("OR")) values.push(one());
  if (!scanner.takes(")")) scanner.refuse("OR or a closing ) is expected between values");
  // Other than all of them, not other than one of them.
  return joined(operator === "!=" ? "and" : "or", values);
}
