import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { CodeHost } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { newUuid, teachPerson } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aName, type Plane, plane, type Replica } from "./fixtures.ts";

const gone = { reason: Reason.NOT_FOUND };

describe.each(dialects)("on %s", (dialect) => {
  let it: Plane;
  let part: Replica;
  /** Another developer, and the developer's and their secrets. */
  let grace: string;
  const secretsOf = (principal: string) => part.as(principal).secrets;

  beforeAll(async () => {
    it = await plane(dialect);
    part = await it.replica();
    grace = newUuid();
    teachPerson(part.needs.policy, it.world, grace, "workspace-developer");
  });
  afterAll(() => it?.close());

  const aSecret = async (fields: { name?: string; private?: boolean; values?: Record<string, string> } = {}, by = it.world.developer) =>
    (await secretsOf(by).createSecret({ name: aName(), private: true, values: { token: "t" }, ...fields })).secret;

  test("a private secret is known to its owner alone, whatever others may", async () => {
    const secret = (await aSecret())?.id ?? "";
    expect((await part.secrets.getSecret({ secret })).secret).toMatchObject({ private: true, keys: ["token"] });
    expect(await part.secrets.readSecretValues({ secret })).toMatchObject({ values: { token: "t" } });
    for (const other of [grace, it.world.admin, it.world.viewer]) {
      const theirs = secretsOf(other);
      await expect(theirs.getSecret({ secret })).rejects.toMatchObject(gone);
      await expect(theirs.readSecretValues({ secret })).rejects.toMatchObject(gone);
      await expect(theirs.updateSecret({ secret, description: "mine now" })).rejects.toMatchObject(gone);
      const listed = await theirs.listSecrets({ pageSize: 1000, includeTotal: true });
      expect(listed.secrets.map(({ id }) => id)).not.toContain(secret);
      expect(Number(listed.totalSize)).toBe(listed.secrets.length);
      expect((await theirs.listSecrets({ filter: `id = "${secret}" OR private = true` })).secrets).toEqual([]);
    }
    await expect(secretsOf(grace).deleteSecret({ secret })).rejects.toMatchObject(gone);
    expect((await part.secrets.listSecrets({ filter: "private = true" })).secrets.map(({ id }) => id)).toContain(secret);
  });

  test("nothing tells that there is one: not its name, and not its id", async () => {
    const name = aName();
    const secret = await aSecret({ name });
    await expect(secretsOf(grace).getSecret({ secret: name })).rejects.toMatchObject(gone);
    const request = { id: secret?.id ?? "", name, private: true, values: { token: "t" } };
    await expect(secretsOf(grace).createSecret(request)).rejects.toMatchObject({ reason: Reason.ID_REUSED });
    expect((await part.secrets.createSecret(request)).secret?.id).toBe(secret?.id);
  });

  test("names are unique among those of an owner, and among those of all", async () => {
    const name = aName();
    const mine = await aSecret({ name });
    const theirs = await aSecret({ name }, grace);
    const everybodys = await aSecret({ name, private: false }, it.world.admin);
    const taken = { reason: Reason.NAME_TAKEN, metadata: { type: "secret", name } };
    await expect(aSecret({ name })).rejects.toMatchObject(taken);
    await expect(aSecret({ name, private: false })).rejects.toMatchObject(taken);
    const found = async (who: string) => (await secretsOf(who).getSecret({ secret: name })).secret?.id;
    expect(await Promise.all([it.world.developer, grace, it.world.admin].map(found))).toEqual([mine?.id, theirs?.id, everybodys?.id]);
    await expect(part.secrets.updateSecret({ secret: mine?.id ?? "", private: false })).rejects.toMatchObject({
      reason: Reason.NAME_TAKEN,
    });
    await part.secrets.deleteSecret({ secret: name });
    expect(await found(it.world.developer)).toBe(everybodys?.id);
  });

  test("many who create one with the same name have one each", async () => {
    const name = aName();
    const creating = [it.world.developer, grace, it.world.admin].flatMap((who) =>
      Array.from({ length: 5 }, () =>
        aSecret({ name }, who)
          .then(() => who)
          .catch((error) => expect(error.reason).toBe(Reason.NAME_TAKEN)),
      ),
    );
    const made = (await Promise.all(creating)).filter((who) => typeof who === "string");
    expect(made.sort()).toEqual([it.world.developer, grace, it.world.admin].sort());
  });

  test("its owner shows it to others, and hides it again; nobody else does", async () => {
    const secret = (await aSecret())?.id ?? "";
    expect((await part.secrets.updateSecret({ secret, private: false })).secret).toMatchObject({ private: false, etag: "r2" });
    expect((await secretsOf(grace).getSecret({ secret })).secret?.id).toBe(secret);
    const hiding = secretsOf(it.world.admin).updateSecret({ secret, private: true });
    await expect(hiding).rejects.toMatchObject({ reason: Reason.FIELD_INVALID, violations: [{ field: "private" }] });
    expect((await part.secrets.updateSecret({ secret, private: true })).secret?.private).toBe(true);
    expect((await part.secrets.updateSecret({ secret, private: true })).secret?.etag).toBe("r3");
    await expect(secretsOf(grace).getSecret({ secret })).rejects.toMatchObject(gone);
  });

  test("administrators delete what somebody left behind, by its id", async () => {
    const name = aName();
    const secret = (await aSecret({ name }))?.id ?? "";
    await expect(secretsOf(it.world.admin).deleteSecret({ secret: name })).rejects.toMatchObject(gone);
    await secretsOf(it.world.admin).deleteSecret({ secret });
    await expect(part.secrets.getSecret({ secret })).rejects.toMatchObject(gone);
  });

  test("is given to a code repository by its owner alone", async () => {
    const { id: codeRepository } = it.register({ host: CodeHost.GITHUB, address: "https://github.com/acme/churn" });
    const secret = (await aSecret())?.id ?? "";
    const giving = part.as(it.world.admin).code.setCodeAccess({ codeRepository, secret });
    await expect(giving).rejects.toMatchObject({ ...gone, metadata: { type: "secret" } });
    expect((await part.code.setCodeAccess({ codeRepository, secret })).codeAccess?.secret).toBe(secret);
  });

  describe("an update that replaces all values", () => {
    test("leaves those that it names", async () => {
      const secret = (await aSecret({ values: { a: "1", b: "2", c: "3" } }))?.id ?? "";
      const replaced = await part.secrets.updateSecret({ secret, values: { b: "two", d: "4" }, replaceValues: true });
      expect(replaced.secret).toMatchObject({ keys: ["b", "d"], etag: "r2" });
      expect((await part.secrets.readSecretValues({ secret })).values).toEqual({ b: "two", d: "4" });
      const repeated = await part.secrets.updateSecret({ secret, values: { b: "two", d: "4" }, replaceValues: true, etag: "r1" });
      expect(repeated.secret?.etag).toBe("r2");
      const emptied = await part.secrets.updateSecret({ secret, replaceValues: true });
      expect(emptied.secret?.keys).toEqual([]);
    });

    test("is refused where it says twice what goes, or not what stays", async () => {
      const secret = (await aSecret())?.id ?? "";
      const invalid = (field: string) => ({ reason: Reason.FIELD_INVALID, violations: [{ field }] });
      const twice = part.secrets.updateSecret({ secret, values: { a: "1" }, removeKeys: ["token"], replaceValues: true });
      await expect(twice).rejects.toMatchObject(invalid("remove_keys"));
      const masked = part.secrets.updateSecret({ secret, replaceValues: true, updateMask: { paths: ["description"] } });
      await expect(masked).rejects.toMatchObject(invalid("replace_values"));
      expect((await part.secrets.getSecret({ secret })).secret?.keys).toEqual(["token"]);
    });
  });
});
