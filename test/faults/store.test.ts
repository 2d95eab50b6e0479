import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { Outcome } from "@signalbox/gen/signalbox/audit/v1/audit_pb.ts";
import { AuditService } from "@signalbox/gen/signalbox/audit/v1/audit_service_pb.ts";
import { SecretService } from "@signalbox/gen/signalbox/credentials/v1/secret_service_pb.ts";
import { RoleBindingService } from "@signalbox/gen/signalbox/rbac/v1/role_service_pb.ts";
import { ModelService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import type { Box } from "@signalbox/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { outcome } from "../src/answer.ts";
import { machine, openTestBox } from "../src/developer.ts";
import { seedOfRun } from "../src/dice.ts";
import { type Ledger, ledger } from "../src/ledger.ts";
import { type Plane, startPlane } from "../src/plane.ts";
import { lasting } from "../src/rounds.ts";
import { enter, workspace } from "../src/scene.ts";
import { storeFaults } from "../src/store-faults.ts";
import { changeEntities, described, type Entities, pointsOfStep, type ReportedRun, reportRun, steps, streamRun } from "../src/workload.ts";

const probability = 0.01;
const workers = 4;

describe.each(dialects)("a store on %s that fails once in a hundred times, and does it all the same half of these times", (dialect) => {
  const seed = seedOfRun();
  const faults = storeFaults(seed);
  const told: Ledger = ledger({ patience: 0.2 });
  const runs: ReportedRun[] = [];
  const entities: Entities[] = [];
  let plane: Plane;
  let token: string;
  let box: Box;

  beforeAll(
    async () => {
      console.log(`seed of ${dialect}: SIGNALBOX_TEST_SEED=${seed}`);
      plane = await startPlane(dialect, {}, { around: faults.around });
      token = await enter(plane, plane.admin, workspace);
      await plane.client(ProjectService, token).createProject({ name: "demo" });
      box = openTestBox(plane.url, (await machine(plane, "workspace-developer")).key, "demo");
      const worker = { plane, token, project: "demo", ledger: told };
      const until = performance.now() + lasting(3_000, 120_000);
      const loop = async (work: () => Promise<unknown>) => {
        while (performance.now() < until) await work();
      };
      faults.arm(probability);
      await Promise.all(
        Array.from({ length: workers }, (_, at) => [
          loop(async () => runs.push(await reportRun(worker))),
          loop(async () => runs.push(await streamRun(box, `streamed-${at}`))),
          loop(async () => entities.push(await changeEntities(worker))),
        ]).flat(),
      );
      faults.arm(0);
      console.log(`${runs.length} runs, ${entities.length} of each entity; ${JSON.stringify(faults.counts)}; callers heard`, told.heard);
    },
    lasting(120_000, 300_000),
  );
  afterAll(async () => {
    box?.close();
    await plane?.close();
  });

  test("every kind of fault happened", () => {
    for (const [kind, count] of Object.entries(faults.counts)) expect(count, kind).toBeGreaterThan(0);
  });

  test("callers hear of nothing but failures that pass, and when to come back", () => {
    expect(told.unmapped).toEqual([]);
  });

  test("every run has what was reported of it, once", async () => {
    const [records, versions] = [plane.client(RunService, token), plane.client(ArtifactVersionService, token)];
    for (const { id, outputs, points } of runs) {
      const { run } = await records.getRun({ run: id });
      expect(run).toMatchObject({ status: Status.COMPLETED, inProgress: false, steps: { total: 3, completed: 3, running: 0, failed: 0 } });
      const { steps: found } = await records.listSteps({ run: id });
      expect(found.map(({ name, status }) => [name, status])).toEqual(steps.map((name) => [name, Status.COMPLETED]));
      expect(found.flatMap((step) => step.outputs.map(({ artifactVersion }) => artifactVersion))).toEqual(outputs);
      const counts = found.flatMap(({ metrics }) => metrics.map(({ count }) => Number(count)));
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(points);
      expect(counts).toEqual(steps.map(() => pointsOfStep));
      for (const step of found) expect(step.metadata.rows?.kind).toEqual({ case: "integer", value: 344n });
    }
    const kept = new Set<string>();
    for (let pageToken = ""; ; ) {
      const page = await versions.listArtifactVersions({ project: "demo", pageSize: 1000, pageToken });
      for (const { id } of page.artifactVersions) kept.add(id);
      pageToken = page.nextPageToken;
      if (pageToken === "") break;
    }
    expect([...kept].sort()).toEqual(runs.flatMap(({ outputs }) => outputs).sort());
    const { totalSize } = await records.listRuns({ project: "demo", pageSize: 1, includeTotal: true });
    expect(Number(totalSize)).toBe(runs.length);
  });

  test("every entity is as it was last asked for", async () => {
    const secrets = plane.client(SecretService, token);
    for (const each of entities) {
      const { project } = await plane.client(ProjectService, token).getProject({ project: each.project });
      expect(project).toMatchObject({ name: `made-${each.project}`, description: described });
      const { model } = await plane.client(ModelService, token).getModel({ model: each.model });
      expect(model?.name).toBe(`made-${each.model}`);
      const { values } = await secrets.readSecretValues({ secret: each.secret });
      expect(values).toEqual({ password: `of-${each.secret}`, more: described });
      expect(await outcome(secrets.getSecret({ secret: each.deletedSecret }))).toBe("NOT_FOUND");
      const bindings = plane.client(RoleBindingService, plane.admin);
      expect((await bindings.getRoleBinding({ roleBinding: each.binding })).roleBinding?.principal?.id).toBe(each.account);
      expect(await outcome(bindings.getRoleBinding({ roleBinding: each.deletedBinding }))).toBe("NOT_FOUND");
    }
  });

  test("each change is in the audit log, once", async () => {
    const isReport = /^(StartStep|EndStep|EndRun|BatchReport) /;
    const expected = [...told.acknowledged.keys()].filter((what) => !isReport.test(what));
    const audited = async () => {
      const found = new Map<string, number>();
      for (const at of [token, plane.admin]) {
        for (let pageToken = ""; ; ) {
          const page = await plane.client(AuditService, at).listAuditEvents({ pageSize: 1000, pageToken });
          for (const { method, subject, outcome: ended } of page.auditEvents) {
            const key = `${method.split("/").at(-1)} ${subject}`;
            if (ended === Outcome.DONE) found.set(key, (found.get(key) ?? 0) + 1);
          }
          pageToken = page.nextPageToken;
          if (pageToken === "") break;
        }
      }
      return found;
    };
    await expect
      .poll(
        async () => {
          const found = await audited();
          return expected.filter((what) => !found.has(what));
        },
        { timeout: 20_000, interval: 500 },
      )
      .toEqual([]);
    const found = await audited();
    // An update that is asked for again, because its answer was lost, is asked for twice.
    const doubled = expected.filter(
      (what) => (found.get(what) ?? 0) > (what.startsWith("Update") ? (told.acknowledged.get(what) ?? 0) : 1),
    );
    expect(doubled).toEqual([]);
  });
});
