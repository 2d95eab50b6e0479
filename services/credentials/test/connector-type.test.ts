import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { isObject, type JsonValue } from "@signalbox/runtime/json-schema/json.ts";
import { readSchema } from "@signalbox/runtime/json-schema/text.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectorTypes } from "../src/connector-type/catalogue.ts";
import { type Plane, plane } from "./fixtures.ts";

const methods = connectorTypes.flatMap(({ type, methods }) => methods.map((method) => ({ ...method, of: `${type}/${method.method}` })));

describe("the catalogue of connectors", () => {
  test("has every type, method and resource type once", () => {
    expect(connectorTypes.map(({ type }) => type)).toEqual(["aws", "gcp", "azure", "kubernetes", "docker", "hyperai", "oauth2"]);
    expect(new Set(methods.map(({ of }) => of)).size).toBe(methods.length);
    const resources = connectorTypes.flatMap(({ type, resourceTypes }) => resourceTypes.map((each) => `${type}/${each.type}`));
    expect(new Set(resources).size).toBe(resources.length);
  });

  test("names methods that there are, and none that gives access to nothing", () => {
    for (const { methods, resourceTypes } of connectorTypes) {
      const there = methods.map(({ method }) => method);
      expect(new Set(resourceTypes.flatMap(({ methods }) => methods))).toEqual(new Set(there));
    }
  });

  test.each(methods)("$of has a schema that can be applied, whose secrets are texts", ({ schema }) => {
    readSchema(schema?.text ?? "", "schema");
    const { properties, required = [] } = JSON.parse(schema?.text ?? "") as { properties: Record<string, JsonValue>; required?: string[] };
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(required));
    for (const each of Object.values(properties)) {
      expect(each).toMatchObject({ description: expect.stringMatching(/\.$/) });
      if (isObject(each) && each.format === "password") expect(each.type).toBe("string");
    }
  });

  test.each(methods)(
    "$of has lifetimes in order",
    ({ minLifetimeSeconds: min, maxLifetimeSeconds: max, defaultLifetimeSeconds: usual }) => {
      if (usual === undefined) expect([min, max]).toEqual([undefined, undefined]);
      else expect([min ?? usual, usual, max ?? usual]).toEqual([min ?? usual, usual, max ?? usual].sort((a, b) => a - b));
    },
  );

  test("says what is issued here: what has a provider", () => {
    expect(methods.filter(({ issues }) => issues).map(({ of }) => of)).toEqual(["aws/iam-role", "oauth2/client-credentials"]);
    expect(connectorTypes.filter(({ issues }) => issues).map(({ type }) => type)).toEqual(["aws", "oauth2"]);
  });
});

describe.each(dialects.slice(0, 1))("the calls about types on %s", (dialect) => {
  let it: Plane;
  beforeAll(async () => {
    it = await plane(dialect);
  });
  afterAll(() => it?.close());

  test("answer anybody who is signed in", async () => {
    const { connectors } = (await it.replica()).as(it.world.stranger);
    const { types } = await connectors.listConnectorTypes({});
    expect(types).toEqual(connectorTypes);
    expect((await connectors.getConnectorType({ type: "aws" })).type).toEqual(types[0]);
    await expect(connectors.getConnectorType({ type: "abacus" })).rejects.toMatchObject({ reason: Reason.NOT_FOUND });
  });
});
