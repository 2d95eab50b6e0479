import { fileURLToPath } from "node:url";
import { allDialects, golden } from "@signalbox/runtime/testing/golden.ts";
import { describe, expect, test } from "vitest";
import { migrations } from "../src/migrations/index.ts";

const folder = fileURLToPath(new URL("../src/migrations/golden", import.meta.url));

describe.each(Object.entries(migrations))("%s", (name, migration) => {
  test.each(allDialects.map((dialect) => [dialect.name, dialect] as const))("is as it was written down for %s", async (_, dialect) => {
    const { expected, actual } = await golden(folder, name, migration, dialect);
    expect(actual).toBe(expected);
  });
});
