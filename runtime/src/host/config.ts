import { inspect } from "node:util";
import type { z } from "zod";

/** One value that a program is configured with. */
export interface Setting<T> {
  /** Reads the variable's text. Its description says what is right: "a port, 0 to 65535". */
  readonly schema: z.ZodType<T>;
  /** The environment variable: "SIGNALBOX_PORT". */
  readonly env: string;
  /** One sentence for whoever runs the program. */
  readonly doc: string;
  /** Never printed, and may come from a file instead: the path is in the variable with _FILE added. */
  readonly secret: boolean;
  /** What stands where nothing is configured. */
  readonly fallback: { readonly value: T } | undefined;
}

export interface SettingOptions<T> {
  readonly env: `SIGNALBOX_${string}` | `OTEL_${string}`;
  readonly doc: string;
  /** Without it the setting is required, unless its schema is optional. */
  readonly default?: T;
  readonly secret?: boolean;
}

/** The settings of a program, by the name that its code uses. */
export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** What {@link readConfig} makes of settings. */
export type Config<S extends Settings> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** A setting, read by a zod schema that takes text. */
export function setting<S extends z.ZodType>(schema: S, options: SettingOptions<z.output<S>>): Setting<z.output<S>> {
  const { env, doc, secret = false } = options;
  const fallback =
    "default" in options
      ? { value: options.default as z.output<S> }
      : schema.safeParse(undefined).success
        ? { value: undefined as z.output<S> }
        : undefined;
  return { schema: schema as z.ZodType<z.output<S>>, env, doc, secret, fallback };
}

/** Keeps the types of settings, and refuses two that read one variable. */
export function defineConfig<S extends Settings>(settings: S): S {
  const owners = new Map<string, string>();
  for (const [name, { env }] of Object.entries(settings)) {
    const owner = owners.get(env);
    if (owner) throw new Error(`the settings ${owner} and ${name} both read ${env}`);
    owners.set(env, name);
  }
  return settings;
}

/** A configuration whose secrets show in no log line and no JSON, whoever prints it. */
export function withoutSecretsInPrint<S extends Settings>(settings: S, values: Config<S>): Config<S> {
  const masked = () =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, settings[name]?.secret && value !== undefined ? "[secret]" : value]),
    );
  // Not enumerable: a copy by spread has the values and only them.
  Object.defineProperty(values, "toJSON", { value: masked });
  Object.defineProperty(values, inspect.custom, { value: masked });
  return values;
}

/** The settings as a Markdown table. */
export function describeConfig(settings: Settings): string {
  const rows = Object.values(settings).map(({ env, doc, schema, secret, fallback }) => {
    const variable = secret ? `\`${env}\` or \`${env}_FILE\`` : `\`${env}\``;
    const form = schema.description ?? "text";
    return `| ${[variable, doc, form, fallback ? shown(fallback.value, secret) : "required"].map(cell).join(" | ")} |`;
  });
  return ["| Variable | Meaning | Value | Default |", "| --- | --- | --- | --- |", ...rows, ""].join("\n");
}

function shown(value: unknown, secret: boolean): string {
  if (value === undefined || value === "") return "none";
  if (secret) return "set";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
