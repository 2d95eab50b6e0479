import type { ConnectorMethod, ConnectorType } from "@signalbox/gen/signalbox/credentials/v1/connector_type_pb.ts";
import { fieldInvalid, type SignalboxError } from "@signalbox/runtime/errors.ts";
import type { Fault } from "@signalbox/runtime/json-schema/check.ts";
import { isObject, type JsonObject } from "@signalbox/runtime/json-schema/json.ts";
import { faultIn } from "@signalbox/runtime/json-schema/satisfy.ts";
import { readSchema } from "@signalbox/runtime/json-schema/text.ts";
import { jsonText } from "@signalbox/runtime/resource/json.ts";
import { connectorType } from "../connector-type/catalogue.ts";
import { withoutMembers } from "./members.ts";
import type { Sealed } from "./sealed.ts";

/** What a connector of any type is made of, as it is given. */
export interface Given {
  readonly type: string;
  readonly method: string;
  readonly resourceTypes: readonly string[];
  /** The text of a JSON object; empty for none. */
  readonly configuration: string;
  readonly secrets: Readonly<Record<string, string>>;
}

/** What becomes of it: what is kept in clear, and what is sealed. */
export interface Settled {
  readonly resourceTypes: readonly string[];
  readonly configuration: string;
  readonly sealed: Sealed;
  /** The names of all that is sealed. */
  readonly secretKeys: readonly string[];
  /** What is known of its method; undefined where its type is not known. */
  readonly known: ConnectorMethod | undefined;
}

const mostSecrets = 64;

/**
 * Checks what a connector is to be against what is known of its type, and parts what is secret from the rest. Of a type that is not known
 * anything may be secret, so all is sealed. `fresh` are the secrets that the request itself brings, which its configuration must not
 * name too. Fails with FIELD_INVALID, and never with a value.
 */
export function settle({ type, method, resourceTypes, configuration: text, secrets }: Given, fresh: readonly string[]): Settled {
  const given = objectIn(text);
  const twice = fresh.find((name) => Object.hasOwn(given, name) && given[name] !== null);
  if (twice !== undefined) throw fieldInvalid(`secrets["${twice}"]`, "is in the configuration, too");
  const found = connectorType(type);
  if (!found) {
    const secretKeys = [...new Set([...Object.keys(given), ...Object.keys(secrets)])].sort();
    return { resourceTypes, configuration: "", sealed: { secrets: few(secrets), configuration: text }, secretKeys, known: undefined };
  }
  const known = methodIn(found, method);
  const schema = readSchema(known.schema?.text ?? "{}", "schema");
  // Clients send null for what they leave out.
  const said = Object.entries(given).filter(([, value]) => value !== null);
  const fault = faultIn(schema, { ...secrets, ...Object.fromEntries(said) });
  if (fault) throw misfit(fault, fresh);
  const secret = secretNames(found);
  const moved = said.filter(([name]) => secret.has(name)).map(([name, value]) => [name, textOf(name, value)] as const);
  const all = few({ ...secrets, ...Object.fromEntries(moved) });
  return {
    resourceTypes: resourceTypesOf(found, method, resourceTypes),
    // Also where it is null: the same name may stand there before, with a value.
    configuration: withoutMembers(text, secret),
    sealed: { secrets: all, configuration: "" },
    secretKeys: Object.keys(all).sort(),
    known,
  };
}

/** The object in a text. Fails with FIELD_INVALID where it is none. */
function objectIn(text: string): JsonObject {
  if (text === "") return {};
  const value: unknown = JSON.parse(jsonText({ text }, "configuration"));
  if (!isObject(value)) throw fieldInvalid("configuration.text", "must be a JSON object");
  return value;
}

/** The settings that the schema of any method of a type calls secret: what is of another method than asked for is no less so. */
const secretNames = ({ methods }: ConnectorType): Set<string> =>
  new Set(
    methods.flatMap(({ schema: own }) => {
      const schema = readSchema(own?.text ?? "{}", "schema").get("");
      const properties = isObject(schema) && isObject(schema.properties) ? Object.entries(schema.properties) : [];
      return properties.flatMap(([name, of]) => (isObject(of) && of.format === "password" ? name : []));
    }),
  );

/** A secret among settings. Fails with FIELD_INVALID where it is no text. */
function textOf(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw fieldInvalid("configuration.text", `at /${name}, it must be string`, "json_schema.type");
}

function misfit({ pointer, rule, message }: Fault, fresh: readonly string[]): SignalboxError {
  const [, name = ""] = pointer.split("/");
  const field = fresh.includes(name) ? `secrets["${name}"]` : "configuration.text";
  const place = pointer === "" ? "the whole, with the secrets," : `at ${pointer}, it`;
  return fieldInvalid(field, `${place} ${message}`, `json_schema.${rule}`);
}

function few(secrets: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const count = Object.keys(secrets).length;
  if (count > mostSecrets) throw fieldInvalid("secrets", `a connector has at most ${mostSecrets}, and these would be ${count}`);
  return secrets;
}

function methodIn({ type, methods }: ConnectorType, method: string): ConnectorMethod {
  const found = methods.find((each) => each.method === method);
  if (found) return found;
  throw fieldInvalid("method", `${type} has ${methods.map((each) => each.method).join(", ")}`);
}

/** Those that are asked for, or all that the method works for. Fails with FIELD_INVALID. */
function resourceTypesOf({ type, resourceTypes }: ConnectorType, method: string, asked: readonly string[]): readonly string[] {
  const working = resourceTypes.filter(({ methods }) => methods.includes(method)).map((each) => each.type);
  const at = asked.findIndex((each) => !working.includes(each));
  if (at < 0) return asked.length > 0 ? asked : working;
  throw fieldInvalid(`resource_types[${at}]`, `with ${method}, ${type} has ${working.join(", ")}`);
}
