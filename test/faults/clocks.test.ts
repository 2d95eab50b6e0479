import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Outcome } from "@signalbox/gen/signalbox/audit/v1/audit_pb.ts";
import { AuditService } from "@signalbox/gen/signalbox/audit/v1/audit_service_pb.ts";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { UserService } from "@signalbox/gen/signalbox/identity/v1/user_service_pb.ts";
import { PipelineService, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { systemClock } from "@signalbox/runtime/clock.ts";
import { newKeyringEntry } from "@signalbox/runtime/crypto/keys.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { type FreshDatabase, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { outcome } from "../src/answer.ts";
import { needsEngine } from "../src/needs.ts";
import { type Plane, startPlane } from "../src/plane.ts";
import { lasting } from "../src/rounds.ts";
import { enter, person, workspace } from "../src/scene.ts";

const fiveMinutes = 300 * 1e6;

// SQLite is one process's own, so it has no replicas.
for (const dialect of ["postgres", "mysql"] as const)
  needsEngine(dialect)(`replicas on ${dialect}, one five minutes ahead and one five minutes behind`, () => {
    let database: FreshDatabase;
    let ahead: Plane;
    let behind: Plane;
    let token: string;
    let snapshot: string;

    beforeAll(async () => {
      database = await freshDatabase(dialect);
      const environment = {
        SIGNALBOX_DATABASE_URL: database.url,
        SIGNALBOX_MESH_KEYS: newKeyringEntry("m1"),
        SIGNALBOX_SEALING_KEYS: newKeyringEntry("s1"),
      };
      ahead = await startPlane("sqlite", environment, { clock: () => systemClock() + fiveMinutes });
      behind = await startPlane("sqlite", environment, { clock: () => systemClock() - fiveMinutes });
      token = await enter(ahead, ahead.admin, workspace);
      await ahead.client(ProjectService, token).createProject({ name: "demo" });
      await ahead.client(PipelineService, token).createPipeline({ project: "demo", name: "demo" });
      const made = await behind.client(SnapshotService, token).createSnapshot({ project: "demo", pipeline: "demo", dynamic: true });
      snapshot = made.snapshot?.id ?? "";
    });
    afterAll(async () => {
      await Promise.all([ahead, behind].map((plane) => plane?.close()));
      await database?.drop();
    });

    const runs = (plane: Plane) => plane.client(RunService, token);
    const reports = (plane: Plane) => plane.client(ReportService, token);

    test("a token of either is good at both, and none is longer than the other", async () => {
      for (const [issues, takes] of [
        [ahead, behind],
        [behind, ahead],
      ] as const) {
        const own = await enter(issues, issues.admin, workspace);
        expect(await outcome(takes.client(ProjectService, own).getProject({ project: "demo" }))).toBe("OK");
        const { run } = await runs(issues).createRun({ project: "demo", snapshot, running: true });
        const { token: runToken } = await runs(issues).issueRunToken({ run: run?.id ?? "" });
        expect(await outcome(takes.client(ReportService, runToken).heartbeat({ run: run?.id ?? "" }))).toBe("OK");
      }
    });

    test("who is let go at one is let go at the other, and their old tokens with them", async () => {
      const [first, second] = [await person(ahead, "first", "workspace-viewer"), await person(behind, "second", "workspace-viewer")];
      for (const [plane, other, { id, inWorkspace }] of [
        [ahead, behind, second],
        [behind, ahead, first],
      ] as const) {
        await expect.poll(() => outcome(other.client(ProjectService, inWorkspace).listProjects({}))).toBe("OK");
        await plane.client(UserService, plane.admin).deactivateUser({ user: id });
        for (const each of [plane, other]) {
          await expect
            .poll(() => outcome(each.client(ProjectService, inWorkspace).listProjects({})), { timeout: 3_000 })
            .toBe("TOKEN_REVOKED");
        }
      }
    });

    test("a session that one ends is over at the other", async () => {
      const { tokens } = await ahead.client(AuthService).signIn({ userName: "admin", password: "correct-horse-battery" });
      const own = tokens?.accessToken ?? "";
      expect(await outcome(behind.client(AuthService).refreshSession({ refreshToken: tokens?.refreshToken ?? "" }))).toBe("OK");
      await behind.client(AuthService, own).signOut({});
      await expect.poll(() => outcome(ahead.client(UserService, own).listUsers({})), { timeout: 3_000 }).not.toBe("OK");
    });

    test("a run that both report has its times in order", async () => {
      const { run } = await runs(behind).createRun({ project: "demo", snapshot, running: true });
      const id = run?.id ?? "";
      await reports(ahead).startStep({ run: id, step: "first" });
      await reports(behind).endStep({ run: id, step: "first", ended: { status: Status.COMPLETED } });
      await reports(ahead).startStep({ run: id, step: "second" });
      await reports(behind).endStep({ run: id, step: "second", ended: { status: Status.COMPLETED } });
      await reports(ahead).endRun({ run: id, ended: { status: Status.COMPLETED } });
      const { run: ended } = await runs(behind).getRun({ run: id });
      const { steps } = await runs(ahead).listSteps({ run: id });
      const times = [run?.createTime, ...steps.flatMap(({ startTime, endTime }) => [startTime, endTime]), ended?.endTime];
      const instants = times.map((time) => (time ? timestampMs(time) : 0));
      expect(instants).toEqual([...instants].sort((a, b) => a - b));
      for (const instant of instants) expect(Math.abs(instant - Date.now())).toBeLessThan(60_000);
    });

    test("runs are listed in the order in which they were created, whoever created them", async () => {
      const made: string[] = [];
      for (let round = 0; round < 6; round++) {
        const { run } = await runs(round % 2 === 0 ? ahead : behind).createRun({ project: "demo", snapshot });
        made.unshift(run?.id ?? "");
      }
      for (const plane of [ahead, behind]) {
        const listed = await runs(plane).listRuns({ project: "demo", pageSize: made.length });
        expect(listed.runs.map(({ id }) => id)).toEqual(made);
      }
    });

    test("a run of which either hears is not failed as silent, and one of which none hears is", async () => {
      const heartbeatTimeout = { seconds: 5n };
      const make = async () => (await runs(ahead).createRun({ project: "demo", snapshot, running: true, heartbeatTimeout })).run?.id ?? "";
      const [heard, silent] = [await make(), await make()];
      const until = performance.now() + lasting(9_000, 30_000);
      for (let round = 0; performance.now() < until; round++) {
        await reports(round % 2 === 0 ? ahead : behind).heartbeat({ run: heard });
        await sleep(1_000);
      }
      expect((await runs(behind).getRun({ run: heard })).run).toMatchObject({ status: Status.RUNNING, inProgress: true });
      await expect.poll(async () => (await runs(ahead).getRun({ run: silent })).run?.status, { timeout: 20_000 }).toBe(Status.FAILED);
    });

    test("what either changes is in the audit log once, and not of another time", async () => {
      const ids = [newUuid(), newUuid()] as const;
      await ahead.client(ProjectService, token).createProject({ id: ids[0], name: `of-${ids[0]}` });
      await behind.client(ProjectService, token).createProject({ id: ids[1], name: `of-${ids[1]}` });
      for (const id of ids) {
        const found = async () =>
          (await behind.client(AuditService, token).listAuditEvents({ filter: `subject = "${id}"` })).auditEvents.filter(
            (event) => event.outcome === Outcome.DONE,
          );
        await expect.poll(async () => (await found()).length, { timeout: 10_000 }).toBe(1);
        const [event] = await found();
        expect(event?.time && Math.abs(timestampMs(event.time) - Date.now())).toBeLessThan(60_000);
      }
    });
  });
