import { ConnectorService } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { ComponentService } from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { until } from "@signalbox/runtime/testing/failing.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Plane, startPlane } from "../src/plane.ts";
import { enter, workspace } from "../src/scene.ts";

describe.each(dialects)("a connector that is deleted, through the port on %s", (dialect) => {
  let plane: Plane;
  let admin: string;
  beforeAll(async () => {
    plane = await startPlane(dialect);
    admin = await enter(plane, plane.admin, workspace);
  }, 60_000);
  afterAll(() => plane.close());

  test("is named by no component a moment later, and others are", async () => {
    const [connectors, components] = [plane.client(ConnectorService, admin), plane.client(ComponentService, admin)];
    const made = async (name: string) => {
      const { connector } = await connectors.createConnector({ name, type: "azure", method: "implicit" });
      const asked = {
        name,
        type: ComponentType.ARTIFACT_STORE,
        flavor: "tape",
        connector: connector?.id ?? "",
        connectorResource: "az://a",
      };
      return (await components.createComponent(asked)).component;
    };
    const [going, staying] = [await made("going"), await made("staying")];
    await connectors.deleteConnector({ connector: "going" });
    const read = async (component = "") => (await components.getComponent({ component })).component;
    await until(async () => (await read(going?.id))?.connector === "", "the component lets go of it");
    expect(await read(going?.id)).toMatchObject({ connectorResource: "az://a", etag: "r2" });
    expect(await read(staying?.id)).toEqual(staying);
    const { components: left } = await components.listComponents({ filter: `connector = "${staying?.connector}"` });
    expect(left.map(({ name }) => name)).toEqual(["staying"]);
  });
});
