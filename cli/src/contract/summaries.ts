import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DescField, DescMethod } from "@bufbuild/protobuf";

const documented = /\/\*\*\n((?:\s*\*(?!\/).*\n)+?)\s*\*\n\s*\* @generated from rpc (\S+)/g;
const read = new Map<string, ReadonlyMap<string, string>>();

/**
 * The first sentence that the contract says about a method; empty where it
 * cannot be read. Descriptors carry no comments, the code generated from the
 * contract does.
 */
export function summaryOf(method: DescMethod): string {
  const path = `@signalbox/gen/${method.parent.file.name}_pb`;
  let summaries = read.get(path);
  if (!summaries) {
    summaries = summariesIn(generatedText(path));
    read.set(path, summaries);
  }
  return summaries.get(`${method.parent.typeName}.${method.name}`) ?? "";
}

/** What the contract says about a field; empty where it cannot be read. */
export function saidOf({ parent, name }: DescField): string {
  const text = generatedText(`@signalbox/gen/${parent.file.name}_pb`);
  const begin = text.indexOf(`@generated from message ${parent.typeName}\n`);
  if (begin < 0) return "";
  const [own = ""] = text.slice(begin).split(`\n * Describes the message ${parent.typeName}.`);
  const before = own.split(new RegExp(`@generated from field: .* ${name} = \\d+`))[0] ?? "";
  if (before === own) return "";
  return plain(before.slice(before.lastIndexOf("/**") + 3)).trim();
}

const plain = (comment: string): string => comment.replaceAll(/^\s*\* ?/gm, "").replaceAll(/\s+/g, " ");

/** The first sentence about each method, by the method's full name, in the text of a generated file. */
export function summariesIn(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, comment = "", name = ""] of text.matchAll(documented)) {
    const words = plain(comment).trim();
    found.set(name, words.replace(/(?<=[.]) .*/, ""));
  }
  return found;
}

// Sources inside the repository, declarations beside built code.
function generatedText(path: string): string {
  for (const [ending, text] of [
    [".ts", ".ts"],
    [".js", ".d.ts"],
  ] as const) {
    try {
      const file = fileURLToPath(import.meta.resolve(path + ending));
      return readFileSync(file.slice(0, -ending.length) + text, "utf8");
    } catch {
      // Then it lies there in the other form, or the descriptions stay empty.
    }
  }
  return "";
}
