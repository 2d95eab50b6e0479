import { create, fromBinary } from "@bufbuild/protobuf";
import { ArtifactType } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { NewArtifactVersionSchema } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { AuditEventSchema } from "@signalbox/gen/signalbox/audit/v1/audit_pb.ts";
import { auditKind } from "@signalbox/runtime/audit/event.ts";
import type { OutboxTable } from "@signalbox/runtime/store/outbox.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import type { Kysely } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ArtifactsUnderTest, artifactsOn } from "./fixtures.ts";

const whole = () => ({
  id: newUuid(),
  artifact: "clean",
  version: "v1 🧊",
  type: ArtifactType.DATA,
  uri: "s3://bucket/clean/1?versionId=3#part",
  dataType: "Float64Array",
  serializer: "json",
  digest: `sha256:${"ab".repeat(32)}`,
  sizeBytes: 9007199254740991n,
  itemCount: 0n,
  metadata: {
    rows: { kind: { case: "integer" as const, value: 9007199254740993n } },
    schema: { kind: { case: "json" as const, value: { text: '{ "b": 12345678901234567890, "a": "🐧" }\n' } } },
    quantiles: { kind: { case: "numbers" as const, value: { items: [0.1, -0, 1e300] } } },
  },
});

describe.each(dialects)("artifact versions on %s", (dialect) => {
  let it: ArtifactsUnderTest;
  let project = "";
  const statements: string[] = [];
  beforeAll(async () => {
    it = await artifactsOn(dialect, (sql) => statements.push(sql));
  });
  beforeEach(() => {
    project = it.around.project();
  });
  afterAll(() => it.close());

  const batch = (versions: { artifact: string; uri?: string; version?: string; id?: string }[]) =>
    it.admin.versions.batchCreateArtifactVersions({
      project,
      versions: versions.map((version) => create(NewArtifactVersionSchema, { uri: "s3://b/k", ...version })),
    });

  test("a version is what it was created as, byte for byte", async () => {
    const asked = whole();
    const run = newUuid();
    const request = { project, run, step: "clean", versions: [asked, { artifact: "report", uri: "file:///tmp/report.html" }] };
    const { artifactVersions } = await it.developer.versions.batchCreateArtifactVersions(request);
    const { artifact: artifactName, ...rest } = asked;
    expect(artifactVersions[0]).toMatchObject({
      ...rest,
      project,
      artifactName,
      number: 1,
      producerRun: run,
      producerStep: "clean",
      consumerCount: 0,
      owner: { name: "dev" },
    });
    expect(artifactVersions[1]).toMatchObject({
      artifactName: "report",
      version: "1",
      number: 1,
      type: ArtifactType.UNSPECIFIED,
      metadata: {},
    });
    expect(artifactVersions[1]?.sizeBytes).toBeUndefined();
    expect((await it.viewer.versions.getArtifactVersion({ artifactVersion: asked.id })).artifactVersion).toEqual(artifactVersions[0]);
    const { artifact } = await it.viewer.artifacts.getArtifact({ artifact: "clean", project });
    expect(artifact).toMatchObject({ id: artifactVersions[0]?.artifact, latestNumber: 1, owner: { name: "dev" } });
    const ids = [...artifactVersions.map(({ id }) => id), newUuid()];
    const { artifactVersions: read } = await it.viewer.versions.batchGetArtifactVersions({ ids });
    expect(read.toSorted((a, b) => (a.artifactName < b.artifactName ? -1 : 1))).toEqual(artifactVersions);
    expect((await it.stranger.versions.batchGetArtifactVersions({ ids })).artifactVersions).toEqual([]);
  });

  test("what a step makes names its run, which is its record; what others make, and what is refused, has an audit event", async () => {
    const run = newUuid();
    const audited = async () => {
      const log = it.tables.db as unknown as Kysely<{ artifactsOutbox: OutboxTable }>;
      const events = await log.selectFrom("artifactsOutbox").select("payload").where("kind", "=", auditKind).execute();
      return events.map(({ payload }) => fromBinary(AuditEventSchema, payload));
    };
    const step = it.step(run, project).versions;
    const { artifactVersions: made } = await step.batchCreateArtifactVersions({ project, run, step: "train", versions: [whole()] });
    expect(made[0]).toMatchObject({ producerRun: run, producerStep: "train", owner: { name: "dev" } });
    const { artifactVersions } = await batch([{ artifact: "by-hand" }]);
    const ours = (await audited()).filter((event) => event.project === project);
    expect(ours.map(({ subject }) => subject)).toEqual([artifactVersions[0]?.id]);
    expect(await reasonOf(step.batchCreateArtifactVersions({ project, run: newUuid(), versions: [whole()] }))).toBe("RUN_TOKEN_REFUSED");
    await expect.poll(async () => (await audited()).map(({ reason }) => reason)).toContain("RUN_TOKEN_REFUSED");
  });

  test("a repeat answers with what exists, also where more is asked for", async () => {
    const [first, second] = [whole(), { ...whole(), version: "v2" }];
    const request = { project, versions: [first] };
    const { artifactVersions } = await it.admin.versions.batchCreateArtifactVersions(request);
    expect((await it.admin.versions.batchCreateArtifactVersions(request)).artifactVersions).toEqual(artifactVersions);
    const { artifactVersions: both } = await it.admin.versions.batchCreateArtifactVersions({ project, versions: [second, first] });
    expect(both).toMatchObject([
      { id: second.id, number: 2 },
      { id: first.id, number: 1 },
    ]);
    expect(
      await failureOf(it.admin.versions.batchCreateArtifactVersions({ project, versions: [{ ...first, uri: "s3://b/other" }] })),
    ).toMatchObject({
      reason: "ID_REUSED",
      metadata: { type: "artifact_version", id: first.id },
    });
    expect(await reasonOf(it.admin.versions.batchCreateArtifactVersions({ ...request, step: "other" }))).toBe("ID_REUSED");
  });

  test("a refused batch creates nothing and gives its numbers back", async () => {
    await batch([{ artifact: "a", version: "taken" }]);
    expect(await failureOf(batch([{ artifact: "b" }, { artifact: "a" }, { artifact: "a", version: "taken" }]))).toMatchObject({
      reason: "NAME_TAKEN",
      metadata: { type: "artifact_version", name: "a/taken" },
    });
    expect(await reasonOf(it.admin.artifacts.getArtifact({ artifact: "b", project }))).toBe("NOT_FOUND");
    const { artifactVersions } = await batch([{ artifact: "a" }, { artifact: "b" }, { artifact: "a" }]);
    expect(artifactVersions.map(({ artifactName, number }) => [artifactName, number])).toEqual([
      ["a", 2],
      ["b", 1],
      ["a", 3],
    ]);
  });

  test("what is wrong in a batch is told by its place", async () => {
    const wrong = async (version: Parameters<typeof batch>[0][number], other = { artifact: "fine" }) =>
      (await failureOf(batch([other, version]))).violations[0]?.field;
    expect(await wrong({ artifact: "a", uri: "s3://user:secret@bucket/key" })).toBe("versions[1].uri");
    expect(await wrong({ artifact: "a", uri: "s3://bucket/%2e%2e/key" })).toBe("versions[1].uri");
    expect(await wrong({ artifact: "a", version: "7" })).toBe("versions[1].version");
    expect(await wrong({ artifact: "a", version: "latest" })).toBe("versions[1].version");
    const id = newUuid();
    expect(
      (
        await failureOf(
          batch([
            { artifact: "a", id },
            { artifact: "b", id: id.toUpperCase() },
          ]),
        )
      ).violations[0]?.field,
    ).toBe("versions[1].id");
    expect(
      (
        await failureOf(
          batch([
            { artifact: "a", version: "x" },
            { artifact: "a", version: "x" },
          ]),
        )
      ).violations[0]?.field,
    ).toBe("versions[1].version");
    expect(await reasonOf(batch([{ artifact: "a", uri: "no/../where" }]))).toBe("FIELD_INVALID");
    expect(await failureOf(batch([{ artifact: newUuid() }]))).toMatchObject({ reason: "NOT_FOUND", metadata: { type: "artifact" } });
  });

  test("a hundred versions take as many statements as one", async () => {
    const counting = async (versions: { artifact: string }[]) => {
      statements.length = 0;
      await batch(versions);
      // Where statements cost nothing to send, many rows are written by a few of the same kind.
      return new Set(statements.map((sql) => sql.replace(/ values .*/, ""))).size;
    };
    await batch([{ artifact: "warm" }]);
    const few = await counting([{ artifact: "warm" }]);
    expect(await counting(Array.from({ length: 100 }, () => ({ artifact: "warm" })))).toBe(few);
    // One more keeps the words of the artifacts' names.
    expect(await counting(Array.from({ length: 100 }, (_, i) => ({ artifact: `a${i}` })))).toBe(few + 1);
  });

  test("a version is found by number, by name and as the latest", async () => {
    const { artifactVersions } = await batch([{ artifact: "a", version: "first" }, { artifact: "a" }]);
    const [first, second] = artifactVersions.map(({ id }) => id);
    const find = async (version: string) =>
      (await it.viewer.versions.findArtifactVersion({ artifact: "a", project, version })).artifactVersion?.id;
    expect([await find("1"), await find("first"), await find("2"), await find("latest")]).toEqual([first, first, second, second]);
    for (const none of ["0", "3", "First", "99999999999999999999"]) expect(await reasonOf(find(none))).toBe("NOT_FOUND");
    await it.admin.versions.deleteArtifactVersion({ artifactVersion: second ?? "" });
    expect(await find("latest")).toBe(first);
    await batch([{ artifact: "a" }]);
    expect(await reasonOf(find("2"))).toBe("NOT_FOUND");
    expect(await find("3")).toBe(await find("latest"));
  });

  test("a step creates what its run makes, in the project of its run", async () => {
    const run = newUuid();
    const step = it.step(run, project);
    const { artifactVersions } = await step.versions.batchCreateArtifactVersions({
      project,
      run,
      step: "fit",
      versions: [{ artifact: "model", uri: "s3://b/m" }],
    });
    expect(artifactVersions[0]).toMatchObject({ producerRun: run, producerStep: "fit", owner: { name: "dev" } });
    const ids = [artifactVersions[0]?.id ?? "", await it.version(it.around.project(), "elsewhere")];
    expect((await step.versions.batchGetArtifactVersions({ ids, run })).artifactVersions.map(({ id }) => id)).toEqual(ids.slice(0, 1));
    expect(
      await reasonOf(
        step.versions.batchCreateArtifactVersions({ project, run: newUuid(), versions: [{ artifact: "m", uri: "s3://b/m" }] }),
      ),
    ).toBe("RUN_TOKEN_REFUSED");
    expect(
      await reasonOf(
        step.versions.batchCreateArtifactVersions({ project: it.around.project(), run, versions: [{ artifact: "m", uri: "s3://b/m" }] }),
      ),
    ).toBe("NOT_FOUND");
    expect(await reasonOf(step.versions.getArtifactVersion({ artifactVersion: ids[0] ?? "" }))).toBe("RUN_TOKEN_REFUSED");
  });

  test("versions are listed by what they are", async () => {
    const run = newUuid();
    await it.admin.versions.batchCreateArtifactVersions({
      project,
      run,
      step: "s",
      versions: [whole(), { artifact: "other", uri: "gs://x/y", type: ArtifactType.MODEL }],
    });
    const of = async (filter: string) =>
      (await it.viewer.versions.listArtifactVersions({ project, filter })).artifactVersions.map(({ artifactName }) => artifactName).sort();
    expect(await of(`producer_run = ${run}`)).toEqual(["clean", "other"]);
    expect(await of("type = MODEL")).toEqual(["other"]);
    expect(await of('uri = "s3://bucket/*"')).toEqual(["clean"]);
    expect(await of("artifact = other AND number = 1 AND consumer_count = 0")).toEqual(["other"]);
    expect(await of(`digest = "sha256:${"ab".repeat(32)}" AND size_bytes > 1000`)).toEqual(["clean"]);
    expect(await of("metadata:rows")).toEqual(["clean"]);
    expect(await of('artifact_name != "clean"')).toEqual(["other"]);
    expect((await it.viewer.versions.listArtifactVersions({ project, artifact: "no such" })).artifactVersions).toEqual([]);
    expect(await reasonOf(it.viewer.versions.listArtifactVersions({ artifact: "clean" }))).toBe("FIELD_INVALID");
    expect(await reasonOf(it.viewer.versions.listArtifactVersions({ project, orderBy: "uri" }))).toBe("ORDER_INVALID");
  });
});
