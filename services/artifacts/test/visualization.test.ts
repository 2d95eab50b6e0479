import { VisualizationType } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import {
  CuratedVisualizationService,
  VisualizationService,
  VisualizationWidth,
} from "@signalbox/gen/signalbox/artifacts/v1/visualization_pb.ts";
import { ResourceKind } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import type { TestCaller } from "@signalbox/runtime/testing/part.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ArtifactsUnderTest, artifactsOn } from "./fixtures.ts";

const { HTML, IMAGE } = VisualizationType;
const { MODEL, RUN } = ResourceKind;

describe.each(dialects)("visualizations on %s", (dialect) => {
  let it: ArtifactsUnderTest;
  let project = "";
  beforeAll(async () => {
    it = await artifactsOn(dialect);
    it.part.startDuties();
  });
  beforeEach(() => {
    project = it.around.project();
  });
  afterAll(() => it.close());

  const clients = (principal: string) => {
    const as: TestCaller = { principal, workspace: it.world.workspace };
    return { shown: it.part.client(VisualizationService, as), curated: it.part.client(CuratedVisualizationService, as) };
  };
  const admin = () => clients(it.world.admin);

  async function aVersion(): Promise<{ version: string; first: string; second: string }> {
    const visualizations = [
      { type: HTML, uri: "s3://b/k/report.html" },
      { type: IMAGE, uri: "/store/k/roc.png" },
    ];
    const { artifactVersions } = await it.admin.versions.batchCreateArtifactVersions({
      project,
      versions: [{ artifact: "a", uri: "s3://b/k", visualizations }],
    });
    const [made] = artifactVersions;
    const [first, second] = made?.visualizations ?? [];
    return { version: made?.id ?? "", first: first?.id ?? "", second: second?.id ?? "" };
  }
  const read = async (artifactVersion: string) => (await it.viewer.versions.getArtifactVersion({ artifactVersion })).artifactVersion;

  test("a version comes with visualizations, gets more, and loses them", async () => {
    const { version, first, second } = await aVersion();
    const { visualization } = await admin().shown.getVisualization({ visualization: first });
    expect(visualization).toMatchObject({ id: first, artifactVersion: version, project, type: HTML, uri: "s3://b/k/report.html" });
    const asked = { id: newUuid(), artifactVersion: version, type: HTML, uri: "s3://b/k/more.html" };
    const { visualization: more } = await admin().shown.createVisualization(asked);
    expect((await admin().shown.createVisualization(asked)).visualization).toEqual(more);
    expect(await reasonOf(admin().shown.createVisualization({ ...asked, uri: "s3://b/other" }))).toBe("ID_REUSED");
    expect(await reasonOf(admin().shown.createVisualization({ ...asked, id: "", uri: "s3://b/../k" }))).toBe("FIELD_INVALID");
    expect((await read(version))?.visualizations.map(({ id }) => id)).toEqual([first, second, asked.id]);
    const { visualizations } = await admin().shown.batchGetVisualizations({ ids: [second, newUuid(), first] });
    expect(visualizations.map(({ id }) => id)).toEqual([second, first]);
    const listed = await admin().shown.listVisualizations({ filter: `artifact_version = ${version} AND type = HTML` });
    expect(listed.visualizations.map(({ id }) => id)).toEqual([asked.id, first]);
    await admin().shown.deleteVisualization({ visualization: first });
    expect((await read(version))?.visualizations.map(({ id }) => id)).toEqual([second, asked.id]);
    const viewer = clients(it.world.viewer).shown;
    expect(await reasonOf(viewer.createVisualization({ ...asked, id: "" }))).toBe("PERMISSION_MISSING");
    expect(await reasonOf(viewer.deleteVisualization({ visualization: second }))).toBe("PERMISSION_MISSING");
    expect(await reasonOf(clients(it.world.stranger).shown.getVisualization({ visualization: second }))).toBe("NOT_FOUND");
  });

  test("people choose what they see with a resource, in an order, each once", async () => {
    const { version, first, second } = await aVersion();
    const resource = newUuid();
    const show = async (visualization: string, more: object = {}) =>
      (await admin().curated.createCuratedVisualization({ project, visualization, resourceKind: MODEL, resource, ...more }))
        .curatedVisualization;
    const unplaced = await show(first, { displayName: "Report", width: VisualizationWidth.HALF });
    expect(unplaced).toMatchObject({ artifactVersion: version, resource, displayName: "Report", owner: { name: "admin" } });
    expect(unplaced?.position).toBeUndefined();
    const placed = await show(second, { position: 0 });
    expect(await failureOf(show(first))).toMatchObject({ reason: "NAME_TAKEN", metadata: { type: "curated_visualization" } });
    await show(first, { resource: newUuid() });
    expect(await reasonOf(show(first, { project: it.around.project() }))).toBe("NOT_FOUND");
    const order = async () =>
      (
        await clients(it.world.viewer).curated.listCuratedVisualizations({
          ...{ project, filter: `resource_kind = MODEL AND resource = ${resource}`, orderBy: "position" },
        })
      ).curatedVisualizations.map(({ id }) => id);
    expect(await order()).toEqual([placed?.id, unplaced?.id]);
    const change = { curatedVisualization: placed?.id ?? "", etag: placed?.etag ?? "" };
    const { curatedVisualization: moved } = await admin().curated.updateCuratedVisualization({
      ...{ ...change, updateMask: { paths: ["position", "display_name"] }, displayName: "ROC" },
    });
    expect(moved).toMatchObject({ displayName: "ROC" });
    expect(moved?.position).toBeUndefined();
    await admin().curated.updateCuratedVisualization({ curatedVisualization: unplaced?.id ?? "", position: 3 });
    expect(await order()).toEqual([unplaced?.id, placed?.id]);
    expect(await reasonOf(admin().curated.updateCuratedVisualization({ ...change, displayName: "x" }))).toBe("ETAG_MISMATCH");
  });

  test("what is shown goes with its visualization, its version, its artifact and the run that it is shown with", async () => {
    const { first, second, version } = await aVersion();
    const other = await aVersion();
    const run = newUuid();
    const show = async (visualization: string, resourceKind: ResourceKind, resource = newUuid()) =>
      (await admin().curated.createCuratedVisualization({ project, visualization, resourceKind, resource })).curatedVisualization?.id ?? "";
    const [a, b, c, d] = [
      await show(first, MODEL),
      await show(second, MODEL),
      await show(second, RUN, run),
      await show(other.first, MODEL),
    ];
    const left = async () => {
      const { curatedVisualizations } = await admin().curated.listCuratedVisualizations({ project });
      return [a, b, c, d].map((id) => curatedVisualizations.some((each) => each.id === id));
    };
    expect(await left()).toEqual([true, true, true, true]);
    await admin().shown.deleteVisualization({ visualization: first });
    expect(await left()).toEqual([false, true, true, true]);
    const consistentWith = it.around.tell("runs", { kind: "run.deleted", subject: run });
    await it.viewer.versions.listUses({ artifactVersion: version, consistentWith });
    expect(await left()).toEqual([false, true, false, true]);
    await it.admin.versions.deleteArtifactVersion({ artifactVersion: version });
    expect(await left()).toEqual([false, false, false, true]);
    const model = newUuid();
    const pinned = await show(other.first, MODEL, model);
    it.around.tell("registry", { kind: "model.deleted", subject: model });
    await expect
      .poll(() => reasonOf(admin().curated.getCuratedVisualization({ curatedVisualization: pinned })), { timeout: 10_000 })
      .toBe("NOT_FOUND");
    expect(await reasonOf(admin().shown.getVisualization({ visualization: second }))).toBe("NOT_FOUND");
    await it.admin.artifacts.deleteArtifact({ artifact: "a", project });
    expect(await left()).toEqual([false, false, false, false]);
  });

  test("nothing is added to a version that goes, however close", async () => {
    const { version } = await aVersion();
    const adding = Array.from({ length: 10 }, (_, i) =>
      reasonOf(admin().shown.createVisualization({ artifactVersion: version, type: HTML, uri: `s3://b/${i}` })),
    );
    await Promise.all([...adding, it.admin.versions.deleteArtifactVersion({ artifactVersion: version })]);
    const rows = await it.tables.db.selectFrom("artifacts_visualization").select("id").where("uri", "like", "s3://b/_").execute();
    expect(rows).toEqual([]);
  });
});
