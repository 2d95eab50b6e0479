import { UseKind } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { systemClock } from "@signalbox/runtime/clock.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ArtifactsUnderTest, artifactsOn } from "./fixtures.ts";

const { PRODUCED, CONSUMED } = UseKind;

describe.each(dialects)("uses on %s", (dialect) => {
  let it: ArtifactsUnderTest;
  let project = "";
  beforeAll(async () => {
    it = await artifactsOn(dialect);
    project = it.around.project();
    it.part.startDuties();
  });
  afterAll(() => it.close());

  const usesOf = async (artifactVersion: string, consistentWith = "") =>
    (await it.viewer.versions.listUses({ artifactVersion, consistentWith })).uses;
  const consumersOf = async (artifactVersion: string) =>
    (await it.viewer.versions.getArtifactVersion({ artifactVersion })).artifactVersion?.consumerCount;
  const edge = (artifactVersion: string, name = "data") => ({ name, artifactVersion });

  test("a reader who has a report's cursor sees what the report told", async () => {
    const [input, output] = [await it.version(project, "in"), await it.version(project, "out")];
    const run = newUuid();
    const cursor = it.around.edges({
      run,
      name: "fit",
      attempt: 2,
      inputs: [edge(input, "train"), edge(input, "test")],
      outputs: [edge(output, "model")],
    });
    expect(await usesOf(input, cursor)).toMatchObject([
      { run, step: "fit", attempt: 2, kind: CONSUMED, name: "train" },
      { run, step: "fit", attempt: 2, kind: CONSUMED, name: "test" },
    ]);
    const [produced, ...more] = await usesOf(output, cursor);
    expect(produced).toMatchObject({ run, step: "fit", attempt: 2, kind: PRODUCED, name: "model" });
    expect(String(Number(produced?.time?.seconds) * 1e6 + (produced?.time?.nanos ?? 0) / 1000)).toBe(cursor);
    expect(more).toEqual([]);
    expect([await consumersOf(input), await consumersOf(output)]).toEqual([1, 0]);
  });

  test("steps count as consumers once, whatever their attempts and however often they are told of", async () => {
    const version = await it.version(project, "shared");
    const [first, second] = [newUuid(), newUuid()];
    const step = (run: string, name: string, attempt = 1) => it.around.edges({ run, name, attempt, inputs: [edge(version)] });
    step(first, "a");
    step(first, "a");
    step(first, "a", 2);
    step(first, "b");
    const cursor = step(second, "a");
    expect(await usesOf(version, cursor)).toHaveLength(4);
    expect(await consumersOf(version)).toBe(3);
    const after = it.around.tell("runs", { kind: "run.deleted", subject: first });
    expect(await usesOf(version, after)).toMatchObject([{ run: second }]);
    expect(await consumersOf(version)).toBe(1);
  });

  test("what was consumed cannot be deleted, what was only produced can", async () => {
    const [used, unused] = [await it.version(project, "used"), await it.version(project, "used")];
    const run = newUuid();
    const cursor = it.around.edges({ run, name: "s", inputs: [edge(used)], outputs: [edge(unused)] });
    await usesOf(used, cursor);
    expect(await failureOf(it.admin.versions.deleteArtifactVersion({ artifactVersion: used }))).toMatchObject({
      reason: "IN_USE",
      metadata: { type: "artifact_version", reference: used, consumers: "1" },
    });
    expect(await reasonOf(it.admin.artifacts.deleteArtifact({ artifact: "used", project }))).toBe("IN_USE");
    expect(await consumersOf(used)).toBe(1);
    await it.admin.versions.deleteArtifactVersion({ artifactVersion: unused });
    expect(await reasonOf(usesOf(unused))).toBe("NOT_FOUND");
    const after = it.around.tell("runs", { kind: "run.deleted", subject: run });
    await usesOf(used, after);
    await it.admin.artifacts.deleteArtifact({ artifact: "used", project });
  });

  test("pages of uses go on where they ended", async () => {
    const version = await it.version(project, "popular");
    let cursor = "";
    for (let i = 0; i < 7; i++) cursor = it.around.edges({ run: newUuid(), name: `step ${i}`, inputs: [edge(version)] });
    const all = (await usesOf(version, cursor)).map(({ step }) => step);
    expect(all).toEqual(Array.from({ length: 7 }, (_, i) => `step ${i}`));
    const walked: string[] = [];
    for (let pageToken = ""; ; ) {
      const { uses, nextPageToken } = await it.viewer.versions.listUses({ artifactVersion: version, pageSize: 3, pageToken });
      walked.push(...uses.map(({ step }) => step));
      pageToken = nextPageToken;
      if (pageToken === "") break;
      expect(await reasonOf(it.viewer.versions.listUses({ artifactVersion: await it.version(project, "other"), pageToken }))).toBe(
        "PAGE_TOKEN_INVALID",
      );
    }
    expect(walked).toEqual(all);
  });

  test("uses of a version that there is not are left out, and those of another workspace stay there", async () => {
    const version = await it.version(project, "bounded");
    it.around.edges({ run: newUuid(), name: "s", inputs: [edge(newUuid()), edge(version)] });
    it.around.edges({ run: newUuid(), name: "s", inputs: [edge(version)] }, { workspace: newUuid() });
    const cursor = it.around.tell("runs", { kind: "run.deleted", subject: newUuid() });
    expect(await usesOf(version, cursor)).toHaveLength(1);
    expect(await consumersOf(version)).toBe(1);
  });

  test("who asks for more than is known hears so, and a cursor that is none is refused", async () => {
    const version = await it.version(project, "waiting");
    const future = String(systemClock() + 3600 * 1e6);
    const started = performance.now();
    const asking = it.viewer.versions.listUses({ artifactVersion: version, consistentWith: future }, { timeoutMs: 500 });
    expect(await reasonOf(asking)).toBe("UNAVAILABLE");
    expect(performance.now() - started).toBeLessThan(2000);
    expect(await reasonOf(usesOf(version, "nonsense"))).toBe("FIELD_INVALID");
    const past = String(systemClock() - 24 * 3600 * 1e6);
    it.around.tell("runs", { kind: "run.deleted", subject: newUuid() });
    expect(await usesOf(version, past)).toEqual([]);
  });
});
