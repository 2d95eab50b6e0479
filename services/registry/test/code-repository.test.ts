import { CodeHost } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

const commit = "9c1e2f7aa0b1c2d3e4f5061728394a5b6c7d8e9f";

describe.each(dialects)("code repositories on %s", (dialect) => {
  let it: RegistryUnderTest;
  let project = "";
  beforeAll(async () => {
    it = await registryOn(dialect);
    project = await it.project("churn");
  });
  afterAll(() => it.close());

  const made = async (name: string, address = "https://github.com/acme/churn") =>
    (await it.admin.codeRepositories.createCodeRepository({ project, name, host: CodeHost.GITHUB, address })).codeRepository?.id ?? "";

  test("one is what it was created as, byte for byte, and changes field by field", async () => {
    const request = {
      id: newUuid(),
      project,
      name: "code",
      description: "all of it",
      host: CodeHost.GITLAB,
      address: "https://git.acme.org/ml/churn",
      logoUrl: "https://git.acme.org/logo.png",
      source: { text: '{ "module": "acme.repos",  "attribute": "Churn" }' },
      configuration: { text: '{"b": 12345678901234567890, "a": 1}' },
    };
    const { codeRepository: created } = await it.admin.codeRepositories.createCodeRepository(request);
    expect(created).toMatchObject({ ...request, owner: { name: "admin" }, etag: "r1" });
    expect((await it.admin.codeRepositories.createCodeRepository({ ...request, project: "churn" })).codeRepository).toEqual(created);
    expect(await reasonOf(it.admin.codeRepositories.createCodeRepository({ ...request, source: { text: "{}" } }))).toBe("ID_REUSED");
    expect(await reasonOf(it.admin.codeRepositories.createCodeRepository({ ...request, id: "" }))).toBe("NAME_TAKEN");
    expect((await it.viewer.codeRepositories.getCodeRepository({ codeRepository: "code", project })).codeRepository).toEqual(created);

    const changed = await it.admin.codeRepositories.updateCodeRepository({
      codeRepository: request.id,
      name: "sources",
      updateMask: { paths: ["name", "source"] },
    });
    expect(changed.codeRepository).toMatchObject({ name: "sources", configuration: request.configuration, etag: "r2" });
    expect(changed.codeRepository?.source).toBeUndefined();
    const stale = { codeRepository: request.id, description: "other", etag: "r1" };
    expect(await reasonOf(it.admin.codeRepositories.updateCodeRepository(stale))).toBe("ETAG_MISMATCH");
  });

  test("refuses what it says is wrong, by the field", async () => {
    const create = (init: object) => failureOf(it.admin.codeRepositories.createCodeRepository({ project, name: "wrong", ...init }));
    const field = async (init: object) => (await create(init)).violations?.[0]?.field;
    expect(await field({ configuration: { text: "{" } })).toBe("configuration.text");
    expect(await field({ name: newUuid() })).toBe("name");
    expect(await field({ address: "git@github.com:acme/churn" })).toBe("address");
    expect(await field({ address: `https://x/${"x".repeat(2048)}` })).toBe("address");
    expect(await field({ host: 99 })).toBe("host");
    expect(await reasonOf(it.viewer.codeRepositories.createCodeRepository({ project, name: "no" }))).toBe("PERMISSION_MISSING");
    expect(await reasonOf(it.stranger.codeRepositories.getCodeRepository({ codeRepository: await made("unseen") }))).toBe("NOT_FOUND");
  });

  test("many are read at once, in the order asked for, without those that there are not or that are not shown", async () => {
    const ids = [await made("b"), await made("a"), await made("c")];
    const asked = { ids: [ids[2], newUuid(), ids[0], ids[2], ids[1]] as string[] };
    const read = async (as: typeof it.admin) => (await as.codeRepositories.batchGetCodeRepositories(asked)).codeRepositories;
    expect((await read(it.viewer)).map(({ name }) => name)).toEqual(["c", "b", "a"]);
    expect(await read(it.stranger)).toEqual([]);
    expect((await read(it.viewer))[0]).toEqual(
      (await it.viewer.codeRepositories.getCodeRepository({ codeRepository: ids[2] ?? "" })).codeRepository,
    );
    expect(await reasonOf(it.viewer.codeRepositories.batchGetCodeRepositories({ ids: Array(1001).fill(newUuid()) }))).toBe("FIELD_INVALID");
  });

  test("a commit is linked without asking anybody", async () => {
    const codeRepository = await made("linked");
    const link = (init: object) => it.viewer.codeRepositories.linkCommit({ codeRepository, commit, ...init });
    expect((await link({ path: "src/train.py", line: 3 })).url).toBe(`https://github.com/acme/churn/blob/${commit}/src/train.py#L3`);
    expect((await it.viewer.codeRepositories.linkCommit({ codeRepository: "linked", project: "churn", commit })).url).toContain("/commit/");
    expect(await reasonOf(link({ commit: "main" }))).toBe("FIELD_INVALID");
    expect(await reasonOf(it.stranger.codeRepositories.linkCommit({ codeRepository, commit }))).toBe("NOT_FOUND");
  });

  test("snapshots name the repository of their code, and tell where it is seen for as long as it is there", async () => {
    const codeRepository = await made("of snapshots");
    const pipeline = await it.pipeline(project);
    const code = { repository: "git@github.com:acme/churn.git", commit, path: "train.py", codeRepository: "of snapshots" };
    const keep = async (init: object = {}) =>
      (await it.admin.snapshots.createSnapshot({ project, pipeline, dynamic: true, code: { ...code, ...init } })).snapshot;
    const snapshot = await keep();
    const url = `https://github.com/acme/churn/blob/${commit}/train.py`;
    expect(snapshot?.code).toMatchObject({ ...code, codeRepository, url });
    expect((await keep({ codeRepository, id: newUuid(), url: "https://elsewhere.org" }))?.id).toBe(snapshot?.id);
    expect((await keep({ dirty: true }))?.code?.id).toBe(snapshot?.code?.id);
    expect((await keep({ path: "" }))?.code?.id).not.toBe(snapshot?.code?.id);
    expect((await keep({ codeRepository: "" }))?.code).toMatchObject({ codeRepository: "", url: "" });
    expect(await reasonOf(keep({ codeRepository: "no such" }))).toBe("NOT_FOUND");
    expect((await it.viewer.snapshots.listSnapshots({ pipeline })).snapshots.map((each) => each.code?.url)).toContain(url);

    await it.admin.codeRepositories.deleteCodeRepository({ codeRepository });
    const after = (await it.viewer.snapshots.getSnapshot({ snapshot: snapshot?.id ?? "" })).snapshot;
    expect(after?.code).toMatchObject({ ...code, codeRepository, url: "", id: snapshot?.code?.id });
  });

  test("lists are asked by host, address and name", async () => {
    const own = await it.project();
    for (const [name, host] of [
      ["x", CodeHost.GITHUB],
      ["y", CodeHost.BITBUCKET],
    ] as const)
      await it.admin.codeRepositories.createCodeRepository({ project: own, name, host, address: `https://example.org/${name}` });
    const names = async (filter: string, orderBy = "") =>
      (await it.viewer.codeRepositories.listCodeRepositories({ project: own, filter, orderBy })).codeRepositories.map(({ name }) => name);
    expect(await names("", "name desc")).toEqual(["y", "x"]);
    expect(await names("host = github")).toEqual(["x"]);
    expect(await names('address = "https://example.org/*"', "name")).toEqual(["x", "y"]);
  });
});
