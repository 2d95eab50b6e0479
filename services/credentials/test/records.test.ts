import { randomUUID } from "node:crypto";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { newKeyringEntry, parseKeyring } from "@signalbox/runtime/crypto/keys.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { aConnector, aRole, oauthSecret } from "./connectors.ts";
import { aName, type Plane, plane, type Replica } from "./fixtures.ts";

const canary = "record-canary-0123456789";
const secretKey = { type: "aws", method: "secret-key" };
const config = (settings: object) => ({ text: JSON.stringify(settings) });
const keyed = { region: "eu-central-1", aws_access_key_id: "AKIATEST" };

describe.each(dialects)("connectors with a type, many of them, on %s", (dialect) => {
  let it: Plane;
  let part: Replica;
  beforeAll(async () => {
    it = await plane(dialect);
    part = await it.replica();
  });
  afterAll(() => it?.close());

  const secretsOf = (connector: string, of: Pick<Replica, "connectors"> = part) => of.connectors.readConnectorSecrets({ connector });

  const secrets = { aws_secret_access_key: "x" };
  test("a repeated create has one effect, and another content is refused", async () => {
    const request = {
      id: randomUUID(),
      name: aName(),
      ...secretKey,
      configuration: config(keyed),
      secrets: { aws_secret_access_key: "a" },
    };
    const made = await Promise.all(Array.from({ length: 8 }, () => part.connectors.createConnector(request)));
    expect(new Set(made.map(({ connector }) => connector?.id))).toEqual(new Set([request.id]));
    const other = part.connectors.createConnector({ ...request, secrets: { aws_secret_access_key: "b" } });
    await expect(other).rejects.toMatchObject({ reason: Reason.ID_REUSED });
  });

  test("lose no secret when many change theirs at once, over two replicas", async () => {
    const second = await it.replica();
    const { id } = await aConnector(part, { type: "abacus", method: "beads" });
    await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        (i % 2 ? part : second).connectors.updateConnector({ connector: id, secrets: { [`key-${i}`]: `value ${i}` } }),
      ),
    );
    expect(Object.keys((await secretsOf(id, second)).secrets)).toHaveLength(10);
    expect((await part.connectors.getConnector({ connector: id })).connector).toMatchObject({ version: 11 });
  });

  test("are read after a restart under a new sealing key, and in no other workspace", async () => {
    const world = it.otherWorld();
    const there = (of: Replica) => of.as(world.admin, world.workspace);
    const [old, young] = [newKeyringEntry("old"), newKeyringEntry("young")];
    const before = await it.replica({ sealingKeys: parseKeyring(old) });
    const { connector } = await there(before).connectors.createConnector({ name: aName(), type: "abacus", secrets: { beads: canary } });
    const id = connector?.id ?? "";
    const both = await it.replica({ sealingKeys: parseKeyring(`${young},${old}`) });
    both.startDuties();
    const wrapped = () =>
      it.database.db.selectFrom("credentials_data_key").select("wrappedBy").where("workspaceId", "=", toId(world.workspace)).execute();
    await vi.waitFor(async () => expect(await wrapped()).toEqual([{ wrappedBy: "young" }]), { timeout: 10_000 });
    const after = await it.replica({ sealingKeys: parseKeyring(young) });
    expect((await secretsOf(id, there(after))).secrets).toEqual({ beads: canary });
    await expect(secretsOf(id)).rejects.toMatchObject({ reason: Reason.NOT_FOUND });
  });

  test("are found by what they are of, typed or not", async () => {
    const prefix = aName("found");
    const named = async (filter: string, orderBy = "name") =>
      (await part.connectors.listConnectors({ filter: `labels.of = "${prefix}" AND ${filter}`, orderBy })).connectors.map(({ name }) =>
        name.slice(prefix.length + 1),
      );
    const labels = { of: prefix };
    await aConnector(part, {
      name: `${prefix} Fraud-Detector`,
      labels,
      type: "gcp",
      method: "implicit",
      configuration: config({ project_id: "p" }),
    });
    await aConnector(part, {
      name: `${prefix} hub`,
      labels,
      type: "docker",
      method: "password",
      configuration: config({ username: "a" }),
      secrets: { password: oauthSecret },
    });
    await aConnector(part, { name: `${prefix} role`, labels, awsRole: aRole("https://sts.example.com/"), secret: "x" });
    await aConnector(part, { name: `${prefix} lake`, labels, ...secretKey, resource: "s3://lake", configuration: config(keyed), secrets });
    expect(await named("type = aws")).toEqual(["lake", "role"]);
    expect(await named('type = "a*" AND method = iam-role')).toEqual(["role"]);
    expect(await named("resource_type:docker-registry", "type, name")).toEqual(["lake", "hub", "Fraud-Detector"]);
    expect(await named('resource = "s3://lake"')).toEqual(["lake"]);
    expect(await named('name:"fra det"')).toEqual(["Fraud-Detector"]);
    const { connector } = await part.connectors.updateConnector({ connector: `${prefix} hub`, name: `${prefix} images` });
    expect([await named("name:hub"), await named("name:images")]).toEqual([[], ["images"]]);
    await part.connectors.deleteConnector({ connector: connector?.id ?? "" });
    expect(await named("name:images")).toEqual([]);
    await expect(named("description:x")).rejects.toMatchObject({ reason: Reason.FILTER_INVALID });
  });
});
