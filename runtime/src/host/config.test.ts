import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect, expectTypeOf, test } from "vitest";
import { defineConfig, describeConfig, setting } from "./config.ts";
import { readConfig } from "./read-config.ts";
import { duration, flag, list, oneOf, port, ratio, text, urlOf, wholeNumber } from "./setting-forms.ts";

const settings = defineConfig({
  port: setting(port, { env: "SIGNALBOX_PORT", doc: "Where calls are taken.", default: 8080 }),
  database: setting(urlOf("postgres", "mysql"), { env: "SIGNALBOX_DATABASE_URL", doc: "Where rows are kept.", secret: true }),
  redis: setting(text.optional(), { env: "SIGNALBOX_REDIS_URL", doc: "A shared cache." }),
  level: setting(oneOf("info", "debug"), { env: "SIGNALBOX_LOG_LEVEL", doc: "How much | is logged.", default: "info" }),
});
const database = "postgres://me:hunter2@db/signalbox";

function fault(env: Record<string, string>): string {
  try {
    readConfig(settings, env);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

test("settings are read with their types and defaults", () => {
  const config = readConfig(settings, { SIGNALBOX_PORT: "0", SIGNALBOX_DATABASE_URL: database, SIGNALBOX_REDIS_URL: "", PATH: "/bin" });
  expect({ ...config }).toEqual({ port: 0, database, redis: undefined, level: "info" });
  expectTypeOf(config.port).toEqualTypeOf<number>();
  expectTypeOf(config.redis).toEqualTypeOf<string | undefined>();
  expectTypeOf(config.level).toEqualTypeOf<"info" | "debug">();
});

test("all faults are told at once, each with what would be right, and no secret", () => {
  const told = fault({
    SIGNALBOX_PORT: "80a",
    SIGNALBOX_DATABASE_URL: "oracle://me:hunter2@db",
    SIGNALBOX_LOG_LEVEL: "loud",
    SIGNALBOX_PROT: "1",
  });
  expect(told).toBe(
    [
      "the configuration is not right:",
      "  SIGNALBOX_PROT is unknown: did you mean SIGNALBOX_PORT?",
      '  SIGNALBOX_PORT is "80a": expected a port, 0 to 65535',
      "  SIGNALBOX_DATABASE_URL has a wrong value: expected a URL that starts with postgres:// or mysql://",
      '  SIGNALBOX_LOG_LEVEL is "loud": expected one of "info", "debug"',
    ].join("\n"),
  );
  expect(fault({})).toContain("SIGNALBOX_DATABASE_URL is missing: expected a URL");
});

test("a secret may come from a file, but only a secret and only from one place", () => {
  const path = join(mkdtempSync(join(tmpdir(), "signalbox-")), "url");
  writeFileSync(path, `${database}\n`);
  expect(readConfig(settings, { SIGNALBOX_DATABASE_URL_FILE: path }).database).toBe(database);
  expect(fault({ SIGNALBOX_DATABASE_URL_FILE: path, SIGNALBOX_DATABASE_URL: database })).toContain("are both set");
  expect(fault({ SIGNALBOX_DATABASE_URL_FILE: `${path}.gone` })).toContain("ENOENT");
  expect(fault({ SIGNALBOX_DATABASE_URL: database, SIGNALBOX_PORT_FILE: path })).toContain("SIGNALBOX_PORT_FILE is unknown");
});

test("unknown variables are told from those of others", () => {
  const env = {
    SIGNALBOX_DATABASE_URL: database,
    SIGNALBOX_RUNS_SERVICE_HOST: "10.0.0.1",
    SIGNALBOX_RUNS_PORT: "tcp://10.0.0.1:80",
    SIGNALBOX_RUNS_PORT_80_TCP_ADDR: "10.0.0.1",
    SIGNALBOX_TEST_REDIS_URL: "x",
  };
  expect(fault(env)).toBe("");
  expect(fault({ ...env, SIGNALBOX_ZZZZZZZZZZ: "1" })).toMatch(/SIGNALBOX_ZZZZZZZZZZ is unknown$/);
  const others = defineConfig({ zzz: setting(text, { env: "SIGNALBOX_ZZZZZZZZZZ", doc: "Another program's." }) });
  expect(readConfig(settings, { ...env, SIGNALBOX_ZZZZZZZZZZ: "1" }, { alsoKnown: [others] }).port).toBe(8080);
});

test("a configuration can be printed by mistake", () => {
  const config = readConfig(settings, { SIGNALBOX_DATABASE_URL: database });
  for (const print of [JSON.stringify(config), inspect(config), `${inspect({ config })}`]) {
    expect(print).toContain("8080");
    expect(print).not.toContain("hunter2");
  }
});

test("the settings describe themselves", () => {
  const page = describeConfig(settings);
  expect(
    new Set(
      page
        .trim()
        .split("\n")
        .map((line) => line.length),
    ).size,
  ).toBe(1);
  expect(page.replaceAll(/ {2,}/g, " ").replaceAll(/-{3,}/g, "---")).toBe(
    `| Variable | Meaning | Value | Default |
| --- | --- | --- | --- |
| \`SIGNALBOX_PORT\` | Where calls are taken. | a port, 0 to 65535 | \`8080\` |
| \`SIGNALBOX_DATABASE_URL\` or \`SIGNALBOX_DATABASE_URL_FILE\` | Where rows are kept. | a URL that starts with postgres:// or mysql:// | required |
| \`SIGNALBOX_REDIS_URL\` | A shared cache. | text | none |
| \`SIGNALBOX_LOG_LEVEL\` | How much \\| is logged. | one of "info", "debug" | \`info\` |
`,
  );
});

test("defaults are shown as they would be configured, and what may be left out as what it is", () => {
  const page = describeConfig({
    time: setting(duration, { env: "SIGNALBOX_TIME", doc: "A time.", default: 300_000 }),
    names: setting(list, { env: "SIGNALBOX_NAMES", doc: "Names.", default: ["a", "b"] }),
    url: setting(urlOf("https").optional(), { env: "SIGNALBOX_URL", doc: "A place." }),
  });
  expect([...page.matchAll(/`SIGNALBOX_\w+`.*\| (.*?) +\| (\S+) +\|$/gm)].map(([, form, value]) => [form, value])).toEqual([
    ['a length of time such as "250ms", "30s", "5m", "12h" or "7d"', "`5m`"],
    ["items between commas", "`a,b`"],
    ["a URL that starts with https://", "none"],
  ]);
});

test("two settings cannot read one variable", () => {
  const one = setting(text, { env: "SIGNALBOX_X", doc: "" });
  expect(() => defineConfig({ a: one, b: one })).toThrow("both read SIGNALBOX_X");
});

test.each([
  [duration, "250ms", 250],
  [duration, "30s", 30_000],
  [duration, "5m", 300_000],
  [duration, "7d", 604_800_000],
  [duration, "5", undefined],
  [flag, "true", true],
  [flag, "0", false],
  [flag, "yes", undefined],
  [list, " a, b,,c ", ["a", "b", "c"]],
  [ratio, ".25", 0.25],
  [ratio, "1.5", undefined],
  [wholeNumber(1, 9), "5", 5],
  [wholeNumber(1, 9), "10", undefined],
  [wholeNumber(1, 9), "1.5", undefined],
  [wholeNumber(1, 9), "0x5", undefined],
  [urlOf("https"), "https://a.test/", "https://a.test"],
  [urlOf("https"), "http://a.test", undefined],
  [port, "65536", undefined],
])("%# %s", (form, given, expected) => {
  expect(form.safeParse(given).data).toEqual(expected);
});
