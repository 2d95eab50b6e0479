import { type DescField, type DescMethod, fromJson, type JsonObject, type JsonValue, type Message, ScalarType } from "@bufbuild/protobuf";
import { InvalidArgumentError, Option } from "commander";
import { parseSpan, parseTime } from "../arguments.ts";
import { registry } from "../contract/services.ts";
import { saidOf } from "../contract/summaries.ts";
import { wrongUsage } from "../failure.ts";

/** Fields that are said otherwise than by an option of their name. */
const apart = new Set(["id", "project", "update_mask", "filter", "order_by", "page_size", "page_token", "include_total"]);

/** What every command takes, so that fields which are called so have another name. */
const taken = new Set(["profile", "url", "workspace", "json", "color", "version", "help"]);

/** "cache-expire-time" for cache_expire_time. */
export const dashed = (field: string): string => field.replaceAll("_", "-");

/** What the option for a field is called: as the field is, or "tag-color" for the color in the request to update a tag. */
const calledOf = ({ name, parent }: DescField): string =>
  taken.has(name) ? `${parent.name.replace(/^(Create|Update)(\w+)Request$/, "$2").toLowerCase()}-${dashed(name)}` : dashed(name);

/** Under which name the parser has the value of the option for a field. */
export const keyOf = (field: DescField): string => calledOf(field).replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** What the contract says of the options of a method. */
export function helpOf({ input }: DescMethod): { optionDescription(option: Option): string } {
  const fields = new Map(input.fields.map((field) => [`--${calledOf(field)}`, field]));
  return {
    optionDescription(option) {
      const field = fields.get(option.long ?? "");
      const said = field && saidOf(field);
      if (!field || !said) return option.description;
      return field.fieldKind === "list" || field.fieldKind === "map" ? `${said} Again for more.` : said;
    },
  };
}

/** The options of a command that is made of a method: its fields but those that its arguments are. */
export function optionsOf({ input }: DescMethod, args: ReadonlySet<string>): Option[] {
  return input.fields.filter(({ name }) => !apart.has(name) && !args.has(name)).map(optionFor);
}

function optionFor(field: DescField): Option {
  const option = new Option(`--${calledOf(field)} <${valueName(field)}>`, field.name.replaceAll("_", " "));
  if (field.fieldKind !== "list" && field.fieldKind !== "map") return option.argParser((text: string) => read(field, text));
  const several = field.fieldKind === "list" ? (text: string, before: JsonValue[] = []) => [...before, read(field, text)] : paired(field);
  return option.argParser(several as (text: string, before: unknown) => unknown);
}

const paired =
  (field: DescField) =>
  (text: string, before: JsonObject = {}) => {
    const at = text.indexOf("=");
    if (at < 1) throw new InvalidArgumentError("It is a name and a value, such as rows=344.");
    return { ...before, [text.slice(0, at)]: read(field, text.slice(at + 1)) };
  };

const ofValue = (field: DescField) => ({ message: field.message, choices: field.enum, scalar: field.scalar });

function valueName(field: DescField): string {
  const { message, choices, scalar } = ofValue(field);
  const own = (() => {
    if (choices) return namesOf(field).join("|");
    if (message) return wellKnown[message.typeName]?.name ?? "json";
    return scalar === ScalarType.BOOL ? "yes|no" : scalar === ScalarType.STRING ? "text" : "number";
  })();
  return field.fieldKind === "map" ? `name=${own}` : own;
}

/** The values of an enum as people write them, without what they share. */
function namesOf({ enum: choices }: DescField): string[] {
  return (choices?.values ?? []).filter(({ number }) => number !== 0).map(({ localName }) => localName.toLowerCase().replaceAll("_", "-"));
}

interface WellKnown {
  readonly name: string;
  readonly read: (text: string) => JsonValue;
}

const wellKnown: Readonly<Record<string, WellKnown>> = {
  "google.protobuf.Timestamp": { name: "time", read: (text) => parseTime(text).toISOString() },
  "google.protobuf.Duration": { name: "span", read: (text) => `${parseSpan(text)}s` },
  "signalbox.value.v1.Json": { name: "json", read: (text) => ({ text }) },
};

/** A value as the JSON of the contract has it. Fails where it is none of its kind. */
function read(field: DescField, text: string): JsonValue {
  const { message, choices, scalar } = ofValue(field);
  if (choices) {
    const found = choices.values.find(({ localName }) => localName.toLowerCase().replaceAll("_", "-") === text.toLowerCase());
    if (!found) throw new InvalidArgumentError(`It is one of ${namesOf(field).join(", ")}.`);
    return found.name;
  }
  if (message) return (wellKnown[message.typeName]?.read ?? readJson)(text);
  if (scalar === ScalarType.STRING) return text;
  if (scalar !== ScalarType.BOOL) return readNumber(text);
  if (text !== "yes" && text !== "no") throw new InvalidArgumentError("It is yes or no.");
  return text === "yes";
}

function readNumber(text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number)) throw new InvalidArgumentError("It is a number.");
  return number;
}

function readJson(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw new InvalidArgumentError("It is no JSON.");
  }
}

/** The request that values of fields make. What is changed of a resource is what was said. */
export function requestOf(method: DescMethod, values: Readonly<Record<string, JsonValue>>, about: ReadonlySet<string>): Message {
  const { input } = method;
  const changes = Object.keys(values).filter((name) => !about.has(name) && !apart.has(name) && name !== "etag");
  const masked = input.fields.some(({ name }) => name === "update_mask");
  if (masked && changes.length === 0) throw wrongUsage("nothing is to be changed: say what");
  const named = Object.entries(values).map(([name, value]) => [input.fields.find((field) => field.name === name)?.jsonName ?? name, value]);
  const mask = masked ? { updateMask: changes.map((name) => input.fields.find((field) => field.name === name)?.jsonName).join(",") } : {};
  try {
    return fromJson(input, { ...(Object.fromEntries(named) as JsonObject), ...mask }, { registry });
  } catch (error) {
    throw wrongUsage((error as Error).message.replace(/^cannot decode (message|field) /, "").replace(/ from JSON/, ""));
  }
}
