import { randomBytes, randomUUID } from "node:crypto";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aName, auditOf, dumpOf, type Plane, plane, type Replica, spellings } from "./fixtures.ts";

const aCanary = () => `canary-${randomBytes(12).toString("hex")}`;

describe.each(dialects)("secrets on %s", (dialect) => {
  let it: Plane;
  let part: Replica;
  beforeAll(async () => {
    it = await plane(dialect);
    part = await it.replica();
  });
  afterAll(() => it?.close());

  const aSecret = async (values: Record<string, string> = { password: aCanary() }) => {
    const { secret } = await part.secrets.createSecret({ name: aName(), values });
    if (!secret) throw new Error("no secret");
    return secret;
  };
  const valuesOf = async (secret: string) => (await part.secrets.readSecretValues({ secret })).values;

  test("keeps values, names their keys, and gives values to those who may read them", async () => {
    const values = { user: "me", password: aCanary(), empty: "", large: "x".repeat(65_536) };
    const secret = await aSecret(values);
    expect(secret).toMatchObject({
      keys: ["empty", "large", "password", "user"],
      owner: { id: it.world.developer, name: "dev" },
      etag: "r1",
    });
    expect((await part.secrets.getSecret({ secret: secret.name })).secret).toEqual(secret);
    expect(await valuesOf(secret.id)).toEqual(values);

    const { secrets: asViewer } = part.as(it.world.viewer);
    await expect(asViewer.readSecretValues({ secret: secret.id })).rejects.toMatchObject({ reason: Reason.NOT_FOUND });
    const { secrets: asAdmin } = part.as(it.world.admin);
    expect((await asAdmin.readSecretValues({ secret: secret.id })).values).toEqual(values);
  });

  test("records each reading", async () => {
    const secret = await aSecret();
    await valuesOf(secret.id);
    await valuesOf(secret.name);
    const read = (await auditOf(it, "ReadSecretValues")).filter(({ subject }) => subject === secret.id);
    expect(read.map(({ principal }) => principal?.id)).toEqual([it.world.developer, it.world.developer]);
  });

  test("writes no value in clear anywhere", async () => {
    const [first, second] = [aCanary(), aCanary()];
    const secret = await aSecret({ password: first });
    await part.secrets.updateSecret({ secret: secret.id, values: { password: second } });
    await valuesOf(secret.id);
    const dump = await dumpOf(it);
    for (const text of [...spellings(first), ...spellings(second)]) expect(dump).not.toContain(text);
    // The test of the test: what is kept in clear is found.
    expect(dump).toContain(secret.name);
  });

  test("a repeated create has one effect, also after a change", async () => {
    const request = { id: randomUUID(), name: aName(), values: { b: "2", a: "1" } };
    const made = await Promise.all(Array.from({ length: 8 }, () => part.secrets.createSecret(request)));
    expect(new Set(made.map(({ secret }) => secret?.id))).toEqual(new Set([request.id]));
    await part.secrets.updateSecret({ secret: request.id, values: { a: "3" } });
    expect((await part.secrets.createSecret({ ...request, values: { a: "1", b: "2" } })).secret).toMatchObject({
      id: request.id,
      etag: "r2",
    });
    expect(await valuesOf(request.id)).toEqual({ a: "3", b: "2" });
    await expect(part.secrets.createSecret({ ...request, values: { a: "1", b: "9" } })).rejects.toMatchObject({ reason: Reason.ID_REUSED });
    await expect(part.secrets.createSecret({ name: request.name })).rejects.toMatchObject({
      reason: Reason.NAME_TAKEN,
      metadata: { type: "secret", name: request.name },
    });
  });

  test("an update sets some values, removes others and leaves the rest", async () => {
    const secret = await aSecret({ a: "1", b: "2", c: "3" });
    const update = { secret: secret.id, values: { b: "two", d: "4" }, removeKeys: ["c", "unknown"] };
    expect((await part.secrets.updateSecret(update)).secret).toMatchObject({ keys: ["a", "b", "d"], etag: "r2" });
    expect(await valuesOf(secret.id)).toEqual({ a: "1", b: "two", d: "4" });
    // Again, and with an etag that is old by now: nothing is left to do.
    expect((await part.secrets.updateSecret({ ...update, etag: "r1" })).secret?.etag).toBe("r2");
    const masked = { secret: secret.id, description: "new", values: { a: "no" }, updateMask: { paths: ["description"] } };
    expect((await part.secrets.updateSecret(masked)).secret).toMatchObject({ description: "new", etag: "r3" });
    expect((await valuesOf(secret.id)).a).toBe("1");
  });

  test("refuses an update of something that changed since it was read", async () => {
    const secret = await aSecret({ a: "1" });
    const update = part.secrets.updateSecret({ secret: secret.id, values: { a: "2" }, etag: "r9" });
    await expect(update).rejects.toMatchObject({ reason: Reason.ETAG_MISMATCH, metadata: { etag: "r1" } });
    await expect(part.secrets.deleteSecret({ secret: secret.id, etag: "r9" })).rejects.toMatchObject({ reason: Reason.ETAG_MISMATCH });
  });

  test("has at most 64 values in all", async () => {
    const many = (count: number, prefix: string) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, ""]));
    const secret = await aSecret(many(60, "a"));
    const adding = (count: number, removeKeys: string[] = []) =>
      part.secrets.updateSecret({ secret: secret.id, values: many(count, "b"), removeKeys });
    await expect(adding(5)).rejects.toMatchObject({ reason: Reason.FIELD_INVALID, violations: [{ field: "values" }] });
    expect((await adding(5, ["a0"])).secret?.keys).toHaveLength(64);
    await expect(adding(1, ["b0"])).rejects.toMatchObject({ reason: Reason.FIELD_INVALID, violations: [{ field: "remove_keys" }] });
  });

  test("keeps the limit when many add at once", async () => {
    const secret = await aSecret({});
    const adding = Array.from({ length: 10 }, (_, i) => {
      const values = Object.fromEntries(Array.from({ length: 10 }, (_, j) => [`v${i}-${j}`, ""]));
      return part.secrets.updateSecret({ secret: secret.id, values }).then(
        () => true,
        (error) => expect(error).toMatchObject({ reason: Reason.FIELD_INVALID }),
      );
    });
    expect((await Promise.all(adding)).filter((done) => done === true)).toHaveLength(6);
    expect((await part.secrets.getSecret({ secret: secret.id })).secret?.keys).toHaveLength(60);
  });

  test.each([" a", "a ", "a\nb", "\u0000"])("refuses %j as the name of a value", async (name) => {
    await expect(aSecret({ [name]: "x" })).rejects.toMatchObject({ reason: Reason.FIELD_INVALID });
  });

  test("refuses a name that looks like an id", async () => {
    await expect(part.secrets.createSecret({ name: randomUUID() })).rejects.toMatchObject({ reason: Reason.FIELD_INVALID });
  });

  test("a deleted secret is gone, with its values, and its name is free", async () => {
    const secret = await aSecret();
    await part.secrets.deleteSecret({ secret: secret.id });
    await expect(part.secrets.getSecret({ secret: secret.id })).rejects.toMatchObject({ reason: Reason.NOT_FOUND });
    const left = await it.database.db
      .selectFrom("credentials_secret_value")
      .select("name")
      .where("secretId", "=", toId(secret.id))
      .execute();
    expect(left).toEqual([]);
    expect((await part.secrets.createSecret({ name: secret.name })).secret?.id).not.toBe(secret.id);
  });

  test("lists in pages, by filter, and no value among them", async () => {
    const prefix = aName("list");
    for (let i = 0; i < 5; i++) await part.secrets.createSecret({ name: `${prefix}-${i}`, values: { key: aCanary() } });
    const filter = `name = "${prefix}*" AND owner = dev`;
    const names: string[] = [];
    for (let pageToken = "", more = true; more; more = pageToken !== "") {
      const page = await part.secrets.listSecrets({ filter, orderBy: "name", pageSize: 2, pageToken, includeTotal: true });
      expect(page.totalSize).toBe(5n);
      expect(JSON.stringify(page.secrets, (_, value) => (typeof value === "bigint" ? String(value) : value))).not.toContain("canary");
      names.push(...page.secrets.map(({ name }) => name));
      pageToken = page.nextPageToken;
    }
    expect(names).toEqual([0, 1, 2, 3, 4].map((i) => `${prefix}-${i}`));
    const newest = await part.secrets.listSecrets({ filter });
    expect(newest.secrets.map(({ keys }) => keys)).toEqual(names.map(() => ["key"]));
    expect(newest.secrets[0]?.name).toBe(`${prefix}-4`);
  });

  test("is nothing of another workspace's", async () => {
    const secret = await aSecret();
    const other = it.otherWorld();
    const { secrets } = part.as(other.admin, other.workspace);
    await expect(secrets.readSecretValues({ secret: secret.id })).rejects.toMatchObject({ reason: Reason.NOT_FOUND });
    expect((await secrets.listSecrets({})).secrets).toEqual([]);
    expect((await secrets.createSecret({ name: secret.name })).secret?.name).toBe(secret.name);
  });

  test("a value that is moved to another workspace, secret or name does not open", async () => {
    const other = it.otherWorld();
    const there = part.as(other.admin, other.workspace);
    const [mine, twin] = [await aSecret({ a: aCanary(), b: aCanary() }), await aSecret({ a: aCanary() })];
    const theirs = (await there.secrets.createSecret({ name: aName(), values: { a: aCanary() } })).secret;
    const { db } = it.database;
    const sealedOf = async (secret: string, name: string) =>
      (
        await db
          .selectFrom("credentials_secret_value")
          .select("sealed")
          .where("secretId", "=", toId(secret))
          .where("name", "=", name)
          .executeTakeFirstOrThrow()
      ).sealed;
    const put = (secret: string, sealed: Buffer) =>
      db.updateTable("credentials_secret_value").set({ sealed }).where("secretId", "=", toId(secret)).where("name", "=", "a").execute();

    await put(theirs?.id ?? "", await sealedOf(mine.id, "a"));
    await expect(there.secrets.readSecretValues({ secret: theirs?.id ?? "" })).rejects.toMatchObject({ reason: Reason.INTERNAL });
    await put(twin.id, await sealedOf(mine.id, "a"));
    await expect(valuesOf(twin.id)).rejects.toMatchObject({ reason: Reason.INTERNAL });
    await put(mine.id, await sealedOf(mine.id, "b"));
    await expect(valuesOf(mine.id)).rejects.toMatchObject({ reason: Reason.INTERNAL });

    // Nor does the data key of one workspace in another.
    const keys = await db
      .selectFrom("credentials_data_key")
      .selectAll()
      .where("workspaceId", "in", [toId(it.world.workspace), toId(other.workspace)])
      .execute();
    const [ours] = keys.filter(({ workspaceId }) => workspaceId.equals(toId(it.world.workspace)));
    await db
      .updateTable("credentials_data_key")
      .set({ wrapped: ours?.wrapped ?? Buffer.alloc(0) })
      .where("workspaceId", "=", toId(other.workspace))
      .execute();
    await expect(there.secrets.readSecretValues({ secret: theirs?.id ?? "" })).rejects.toMatchObject({ reason: Reason.INTERNAL });
  });
});
