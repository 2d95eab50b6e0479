import { Outcome } from "@signalbox/gen/signalbox/audit/v1/audit_pb.ts";
import { AuditService } from "@signalbox/gen/signalbox/audit/v1/audit_service_pb.ts";
import { auditHandlers } from "@signalbox/runtime/audit/handlers.ts";
import { newId, toUuid } from "@signalbox/runtime/ids.ts";
import { type Database, openDatabase } from "@signalbox/runtime/store/database.ts";
import { migrate } from "@signalbox/runtime/store/migrate.ts";
import type { PageSeal } from "@signalbox/runtime/store/page-seal.ts";
import { dialects, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { multiply } from "@signalbox/runtime/testing/multiply.ts";
import { type Planner, planner, wasteful } from "@signalbox/runtime/testing/plans.ts";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrations } from "../src/migrations/index.ts";
import type { RegistryTables } from "../src/tables.ts";

const rows = 20_000;
const registering = "signalbox.artifacts.v1.ArtifactVersionService/BatchCreateArtifactVersions";
const creating = "signalbox.registry.v1.ProjectService/CreateProject";
const workspaceId = newId();

// Tokens are not what is tested here.
const seal = {
  seal: (plain: Uint8Array) => Buffer.from(plain).toString("base64"),
  open: (token: string) => Buffer.from(token, "base64"),
} as unknown as PageSeal;

/** An event as nearly all are: a step registered what it made. */
const event = {
  ...{ workspaceId, id: newId(), time: 1, service: "artifacts", method: registering },
  ...{ principalId: newId(), principalName: "admin", principalKind: "run", credentialId: newId(), address: "::1" },
  ...{ subject: toUuid(newId()), projectId: newId(), organizationId: Buffer.alloc(16), outcome: Outcome.DONE, reason: "", trace: "" },
};

describe.each(dialects)("the audit log on %s", (dialect) => {
  let database: Database<RegistryTables>;
  let planned: Planner<RegistryTables>;
  let close = async () => {};

  beforeAll(async () => {
    const { url, drop } = await freshDatabase(dialect);
    database = openDatabase<RegistryTables>(url, { poolSize: 1 });
    planned = planner(database, url);
    close = async () => {
      await planned.close();
      await database.close();
      await drop();
    };
    await migrate(database, "registry", migrations);
    await database.db.insertInto("registry_audit_event").values(event).execute();
    const is = (nth: number, n: unknown) => sql`${n} % ${sql.lit(nth)} = 0`;
    await multiply(database as never, "registry_audit_event", event, { count: rows }, (make, n) => ({
      id: make.id(n),
      time: n,
      subject: make.text("subject-", sql`${n} % 100`),
      projectId: make.id(sql`${n} % 100`, 10 ** 9),
      principalId: make.id(sql`${n} % 100`, 10 ** 9),
      service: sql`case when ${is(100, n)} then 'registry' else 'artifacts' end`,
      method: sql`case when ${is(100, n)} then ${sql.lit(creating)} else ${sql.lit(registering)} end`,
      outcome: sql`case when ${is(50, n)} then 2 else 1 end`,
    }));
    await sql.raw(dialect === "mysql" ? "analyze table registry_audit_event" : "analyze").execute(database.db);
  }, 60_000);
  afterAll(() => close());

  /** How the engine means to read the first page of a list, and the second. */
  function plans(filter: string): Promise<string[]> {
    const needs = { service: "registry", lists: { ...database, seal }, policy: {} as never };
    const { listAuditEvents } = auditHandlers(planned, needs);
    const call = { caller: { kind: "user", workspace: toUuid(workspaceId) }, method: AuditService.method.listAuditEvents };
    return planned.plans(async () => {
      for (let pageToken = "", page = 0; page < 2; page++) {
        const request = { filter, orderBy: "", pageSize: 50, pageToken, includeTotal: false };
        const answer = await listAuditEvents?.(request as never, call as never);
        expect(answer?.auditEvents).toHaveLength(50);
        pageToken = answer?.nextPageToken ?? "";
      }
    });
  }

  const id = (n: number) => toUuid(Buffer.from((10 ** 9 + n).toString(16).padStart(32, "0"), "hex"));
  const filters = [
    "",
    'subject = "subject-7"',
    `principal = "${id(7)}"`,
    `project = "${id(7)}"`,
    "service = artifacts",
    "service = registry",
    `method = "${registering}"`,
    `method = "${creating}"`,
    "outcome = DONE",
    "outcome = REFUSED",
  ];

  test.each(filters)("is read by an index in its order, on every page, where %s", async (filter) => {
    const read = await plans(filter);
    expect(read).toHaveLength(2);
    for (const plan of read) {
      expect(plan).toContain("registry_audit_event_");
      expect(plan).not.toMatch(wasteful);
    }
  });
});
