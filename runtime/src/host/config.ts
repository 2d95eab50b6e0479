import { inspect } from "node:util";
import { z } from "zod";
import { duration, durationText } from "./setting-forms.ts";

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

/** What is right for a setting, as its schema says; one that may be left out is described as if it were not. */
export function formOf(schema: z.ZodType): string | undefined {
  if (schema.description !== undefined) return schema.description;
  return schema instanceof z.ZodOptional ? formOf(schema.unwrap() as z.ZodType) : undefined;
}

/** The settings as a Markdown table, its columns in line. */
export function describeConfig(settings: Settings): string {
  const rows = Object.values(settings).map(({ env, doc, schema, secret, fallback }) => {
    const variable = secret ? `\`${env}\` or \`${env}_FILE\`` : `\`${env}\``;
    const form = formOf(schema) ?? "text";
    return [variable, doc, form, fallback ? shown(fallback.value, schema, secret) : "required"].map(cell);
  });
  const table = [["Variable", "Meaning", "Value", "Default"], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((text, column) => text.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = table;
  const rule = widths.map((width) => "-".repeat(width));
  return [...[head, rule, ...body].map(line), ""].join("\n");
}

/** A default as whoever configures it would write it. */
function shown(value: unknown, schema: unknown, secret: boolean): string {
  if (value !== undefined && secret) return "set";
  const text = schema === duration ? durationText(value as number) : Array.isArray(value) ? value.join(",") : String(value ?? "");
  return text === "" ? "none" : `\`${text}\``;
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
