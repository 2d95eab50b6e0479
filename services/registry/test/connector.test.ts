import { create } from "@bufbuild/protobuf";
import { EventSchema } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectorDeleted, disconnect } from "../src/component/following.ts";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

describe.each(dialects)("components whose connector is gone on %s", (dialect) => {
  let it: RegistryUnderTest;
  beforeAll(async () => {
    it = await registryOn(dialect);
  });
  afterAll(() => it.close());

  const hear = (subject: string, workspace = it.world.workspace) =>
    it.tables.transact((trx) => disconnect(trx, [create(EventSchema, { workspace, kind: connectorDeleted, subject })], 5e15));
  const connected = async (connector: string) =>
    (
      await it.admin.components.createComponent({
        name: `alerter ${newUuid()}`,
        type: ComponentType.ALERTER,
        flavor: "x",
        connector,
      })
    ).component?.id ?? "";
  const read = async (component: string) => (await it.viewer.components.getComponent({ component })).component;

  test("have none, however often they hear of it, and another etag for whoever read them before", async () => {
    const connector = newUuid();
    const [first, second, other] = [await connected(connector), await connected(connector), await connected(newUuid())];
    const before = await read(other);
    await hear(connector, newUuid());
    expect((await read(first))?.connector).toBe(connector);
    await hear(connector);
    await hear(connector);
    for (const id of [first, second]) expect(await read(id)).toMatchObject({ connector: "", etag: "r2" });
    expect(await read(other)).toEqual(before);
    const late = it.admin.components.updateComponent({ component: first, labels: { a: "b" }, etag: "r1" });
    expect(await reasonOf(late)).toBe("ETAG_MISMATCH");
  });
});
