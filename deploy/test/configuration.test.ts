import { readFileSync } from "node:fs";
import { configurationPage } from "@signalbox/deploy/configuration-page.ts";
import * as settings from "@signalbox/deploy/settings.ts";
import type { Settings } from "@signalbox/runtime/host/config.ts";
import { readConfig } from "@signalbox/runtime/host/read-config.ts";
import { expect, test } from "vitest";

const groups = Object.values(settings).filter((each): each is Settings & typeof each => !Array.isArray(each)) as readonly Settings[];

test("docs/configuration.md says what the code reads; npm run gen writes it", () => {
  expect(readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8")).toBe(configurationPage());
});

test("every setting is on the page", () => {
  const page = configurationPage();
  for (const { env } of groups.flatMap((group) => Object.values(group))) expect(page).toContain(`\`${env}\``);
});

test("every default on the page is taken as it stands there", () => {
  const written = Object.fromEntries(
    [...configurationPage().matchAll(/^\| `(\w+)`.*\| `([^`]*)` *\|$/gm)].map(([, env = "", value = ""]) => [env, value]),
  );
  expect(Object.keys(written).length).toBeGreaterThan(20);
  for (const group of groups) {
    const own = new Set(Object.values(group).map(({ env }) => env));
    const defaulted = Object.fromEntries(Object.entries(group).filter(([, { fallback }]) => fallback !== undefined));
    const given = Object.fromEntries(Object.entries(written).filter(([env]) => own.has(env)));
    expect(readConfig(defaulted, given)).toEqual(readConfig(defaulted, {}));
  }
});
