import { readFileSync } from "node:fs";
import { type DescMethod, fromJson, type JsonObject, type JsonValue, type Message, toJson } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import { Validator } from "@seriousme/openapi-schema-validator";
import { accessOf, isRead, nameOf } from "@signalbox/runtime/contract/policy-of.ts";
import { everyService } from "@signalbox/runtime/contract/services.ts";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { sampleRequest } from "../src/sample.ts";

const text = readFileSync(new URL(import.meta.resolve("@signalbox/gen/openapi.json")), "utf8");
const document = JSON.parse(text) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonObject>> };
};
const methods = everyService.flatMap((service) => service.methods);
const outside = methods.filter((method) => accessOf(method).rule.case !== "internal");
const named = outside.map((method) => [nameOf(method), method] as const);

/** A validator of the document's schemas; `lenient` looks at the shape alone: names, types, what a list or map holds. */
function schemasOf(source: string, { lenient = false } = {}): (typeName: string) => ValidateFunction {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
  addFormats.default(ajv);
  for (const format of ["int32", "int64", "double"]) ajv.addFormat(format, true);
  // What describes the document itself is not a schema.
  ajv.addVocabulary(["openapi", "info", "servers", "security", "tags", "paths", "components"]);
  const rules = /^(format|pattern|(min|max)(Length|imum|Items|Properties)|enum|required|allOf|propertyNames)$/;
  const schema = JSON.parse(source, (key, value: unknown) => (lenient && rules.test(key) ? undefined : value)) as JsonObject;
  ajv.addSchema(schema, "contract");
  return (typeName) => ajv.getSchema(`contract#/components/schemas/${typeName}`) as ValidateFunction;
}

const strict = schemasOf(text);
const shapes = schemasOf(text, { lenient: true });

const faults = (validate: ValidateFunction, value: unknown) => (validate(value) ? [] : validate.errors);

test("the document is valid OpenAPI 3.1", async () => {
  expect(await new Validator().validate(text)).toEqual({ valid: true });
});

test("it has every method that outsiders may call, by POST, and by GET where Connect allows that", () => {
  const ways = Object.entries(document.paths).map(([path, item]) => [path.slice(1), Object.keys(item)]);
  const wanted = outside.map((method) => [nameOf(method), isRead(method) && method.methodKind === "unary" ? ["post", "get"] : ["post"]]);
  expect(ways).toEqual(wanted);
  expect(text).not.toContain("ResolveProjects");
});

test("every schema can be used", () => {
  for (const name of Object.keys(document.components.schemas)) expect(strict(name), name).toBeTypeOf("function");
});

test("the names and texts of a request may be looked up in it", () => {
  expect(document.components.schemas["signalbox.registry.v1.CreateProjectRequest"]).toMatchObject({
    properties: { name: { description: "Unique in the workspace; may not look like a UUID.", minLength: 1, maxLength: 255 } },
    required: ["name"],
    additionalProperties: false,
  });
});

describe.each(named)("%s", (name, method) => {
  test("recorded exchanges have the shape of the schemas", () => {
    const file = new URL(`exchanges/${name.replace("/", ".")}.json`, import.meta.url);
    const { request, response } = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<"request" | "response", JsonValue>>;
    expect(faults(shapes(method.input.typeName), request)).toEqual([]);
    expect(faults(shapes(method.output.typeName), response)).toEqual([]);
  });

  test("the schema refuses what the rules of the contract refuse, and lets through what they do", () => {
    const sample = toJson(method.input, sampleRequest(method)) as JsonObject;
    expect(faults(strict(method.input.typeName), sample)).toEqual([]);
    const { properties = {} } = document.components.schemas[method.input.typeName] as { readonly properties?: JsonObject };
    for (const field of Object.keys(properties)) {
      for (const value of [undefined, ...probes]) {
        const request = { ...sample, [field]: value } as JsonObject;
        if (value === undefined) delete request[field];
        const said = served(method, request);
        if (said.canonical === undefined) continue;
        const schema = strict(method.input.typeName)(said.canonical);
        expect({ [field]: short(value), accepted: schema }).toEqual({ [field]: short(value), accepted: said.accepted });
      }
    }
  });
});

/** Values around the edges of rules; those that do not fit the type of a field say nothing about its rules and are left out. */
const probes: readonly JsonValue[] = [
  ...["", "x", "a b", " x", "x\n", "x".repeat(64), "x".repeat(65), "x".repeat(255), "x".repeat(256), "ü".repeat(4096), "x".repeat(4097)],
  ...["x".repeat(65_537), "0b8e7a2c-6a5e-4c1d-9f3e-0123456789ab", "ada@example.org", "https://example.org", "run.read"],
  ...[-1, 0, 1, 50, 1000, 1001, 2 ** 31 - 1],
  ...[[], ["x"], [""], ["x", "x"], Array.from({ length: 1001 }, (_, index) => `x${index}`)],
  ...[{}, { x: "y" }, { "": "y" }],
];

const validator = createValidator();

/** What the server makes of a request: its canonical form, and whether the rules let it through. */
function served(method: DescMethod, request: JsonObject): { readonly canonical?: JsonValue; readonly accepted?: boolean } {
  let message: Message;
  try {
    message = fromJson(method.input, request);
  } catch {
    return {};
  }
  return { canonical: toJson(method.input, message), accepted: validator.validate(method.input, message).kind === "valid" };
}

const short = (value: JsonValue | undefined): string => (value === undefined ? "left out" : JSON.stringify(value).slice(0, 80));
