import { readFileSync } from "node:fs";
import { type Config, formOf, type Setting, type Settings, withoutSecretsInPrint } from "./config.ts";
import { nearest } from "./nearest.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ReadConfigOptions {
  /** Settings of other programs that are started with the same environment: known here, and not read. */
  readonly alsoKnown?: readonly Settings[];
}

type Reading = { readonly value: unknown } | { readonly fault: string };

const ours = "SIGNALBOX_";

// Kubernetes describes each service of a namespace to each pod by such variables; those of a service called "signalbox-..." look like ours.
const serviceLink = /_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_(TCP|UDP)(_|$)/;
const serviceLinkValue = /^(tcp|udp|sctp):\/\//;

/**
 * Reads settings from the environment. Fails with one text that names every
 * wrong, missing and unknown variable, what would be right, and no secret. An
 * empty variable counts as not set.
 */
export function readConfig<S extends Settings>(settings: S, env: Environment, { alsoKnown = [] }: ReadConfigOptions = {}): Config<S> {
  const values: Record<string, unknown> = {};
  const faults = unknownVariables([settings, ...alsoKnown], env);
  for (const [name, setting] of Object.entries(settings)) {
    const reading = read(setting, env);
    if ("fault" in reading) faults.push(reading.fault);
    else values[name] = reading.value;
  }
  if (faults.length > 0) throw new Error(["the configuration is not right:", ...faults.map((fault) => `  ${fault}`)].join("\n"));
  return withoutSecretsInPrint(settings, values as Config<S>);
}

function read({ schema, env: name, doc, secret, fallback }: Setting<unknown>, env: Environment): Reading {
  const text = textOf(name, secret, env);
  if ("fault" in text) return text;
  const form = formOf(schema);
  const right = form ? `expected ${form}` : undefined;
  if (text.value === undefined) {
    if (fallback) return fallback;
    return { fault: `${name} is missing${right ? `: ${right}` : ""} (${doc})` };
  }
  const result = schema.safeParse(text.value);
  if (result.success) return { value: result.data };
  const given = secret ? "has a wrong value" : `is ${JSON.stringify(text.value)}`;
  // A schema's own words may repeat the value.
  return { fault: `${name} ${given}: ${right ?? (secret ? doc : result.error.issues.map(({ message }) => message).join("; "))}` };
}

function textOf(name: string, secret: boolean, env: Environment): { readonly value: string | undefined } | { readonly fault: string } {
  const direct = env[name] || undefined;
  const path = secret ? env[`${name}_FILE`] || undefined : undefined;
  if (path === undefined) return { value: direct };
  if (direct !== undefined) return { fault: `${name} and ${name}_FILE are both set: keep one` };
  try {
    return { value: readFileSync(path, "utf8").replace(/\r?\n$/, "") || undefined };
  } catch (fault) {
    return { fault: `${name}_FILE is ${JSON.stringify(path)}: it cannot be read (${(fault as NodeJS.ErrnoException).code})` };
  }
}

function unknownVariables(schemas: readonly Settings[], env: Environment): string[] {
  const all = schemas.flatMap((settings) => Object.values(settings));
  const known = new Set(all.flatMap(({ env: name, secret }) => (secret ? [name, `${name}_FILE`] : [name])));
  return Object.keys(env)
    .filter((name) => name.startsWith(ours) && !known.has(name) && !foreign(name, env[name]))
    .sort()
    .map((name) => {
      const meant = nearest(name, known);
      return `${name} is unknown${meant ? `: did you mean ${meant}?` : ""}`;
    });
}

/** Whether a variable only looks like ours, or is for the tests, which may start a program with their own environment. */
function foreign(name: string, value: string | undefined): boolean {
  return name.startsWith("SIGNALBOX_TEST_") || serviceLink.test(name) || serviceLinkValue.test(value ?? "");
}
