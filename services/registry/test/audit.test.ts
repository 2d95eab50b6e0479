import { setTimeout as sleep } from "node:timers/promises";
import { Outcome } from "@signalbox/gen/signalbox/audit/v1/audit_pb.ts";
import { AuditService } from "@signalbox/gen/signalbox/audit/v1/audit_service_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

describe.each(dialects)("the audit log on %s", (dialect) => {
  let it: RegistryUnderTest;
  beforeAll(async () => {
    it = await registryOn(dialect);
    it.part.startDuties();
  });
  afterAll(() => it.close());

  test("tells who did what, and who was refused", async () => {
    const { admin, workspace, viewer } = it.world;
    const log = it.part.client(AuditService, { principal: admin, workspace });
    const id = await it.project("audited");
    expect(await reasonOf(it.viewer.projects.deleteProject({ project: id }))).toBe("PERMISSION_MISSING");
    const read = async () => (await log.listAuditEvents({ filter: `subject = "${id}"`, orderBy: "time" })).auditEvents;
    for (let tries = 0; (await read()).length < 2 && tries < 100; tries++) await sleep(50);
    expect(await read()).toMatchObject([
      {
        service: "registry",
        method: "signalbox.registry.v1.ProjectService/CreateProject",
        principal: { id: admin, name: "admin" },
        subject: id,
        outcome: Outcome.DONE,
      },
      {
        method: "signalbox.registry.v1.ProjectService/DeleteProject",
        principal: { id: viewer },
        outcome: Outcome.REFUSED,
        reason: "PERMISSION_MISSING",
      },
    ]);
    expect(await reasonOf(it.part.client(AuditService, { principal: viewer, workspace }).listAuditEvents({}))).toBe("PERMISSION_MISSING");
  });
});
