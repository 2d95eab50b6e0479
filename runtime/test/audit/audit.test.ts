import { fromBinary } from "@bufbuild/protobuf";
import { AuditEventSchema, Outcome } from "@signalbox/gen/signalbox/audit/v1/audit_pb.ts";
import { AuditService } from "@signalbox/gen/signalbox/audit/v1/audit_service_pb.ts";
import type { Event } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { RoleBindingService } from "@signalbox/gen/signalbox/rbac/v1/role_service_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { keepAuditEvents } from "../../src/audit/collect.ts";
import { auditHandlers } from "../../src/audit/handlers.ts";
import { mutation } from "../../src/audit/mutation.ts";
import { refusals } from "../../src/audit/refused.ts";
import { type AuditEventTable, createAuditTable } from "../../src/audit/tables.ts";
import { systemClock } from "../../src/clock.ts";
import { newKeyringEntry, parseKeyring } from "../../src/crypto/keys.ts";
import { pullOwn } from "../../src/events/pull.ts";
import { newId, toUuid } from "../../src/ids.ts";
import { Call } from "../../src/rpc/call.ts";
import type { Caller } from "../../src/rpc/caller.ts";
import { lease } from "../../src/store/lease.ts";
import { createOutboxTable, type OutboxTable, outbox } from "../../src/store/outbox.ts";
import { pageTokens } from "../../src/store/page-seal.ts";
import { numberBatch } from "../../src/store/relay.ts";
import { dialects } from "../../src/testing/databases.ts";
import { type Fresh, fresh } from "../store/fresh.ts";
import type { Tables as Things } from "../store/things.ts";

interface Tables extends Things {
  test_outbox: OutboxTable;
  test_audit_event: AuditEventTable;
}

const uuid = () => toUuid(newId());
const alice = uuid();
const organization = uuid();
const elsewhere = uuid();
const { createRoleBinding, deleteRoleBinding } = RoleBindingService.method;

const aCaller = (over: Partial<Caller> = {}): Caller =>
  ({ kind: "user", id: alice, workspace: undefined, credential: uuid(), issuedAt: 1, expiresAt: 2, token: "t", ...over }) as Caller;

function aCall(method: Call["method"], caller: Caller | undefined = aCaller()): Call {
  const call = new Call({ method, wire: "direct", header: () => undefined, address: "192.0.2.7" });
  call.caller = caller;
  return call;
}

const seal = pageTokens(parseKeyring(newKeyringEntry("a")));
const names = { principalRef: (id: Uint8Array) => ({ id: toUuid(id), name: "alice" }), organizationOf: () => elsewhere };

describe.each(dialects)("the audit log on %s", (name) => {
  let it: Fresh<Tables>;
  beforeAll(async () => {
    it = await fresh<Tables>(name, {
      "0100-audit": (dialect) => ({
        async up(db) {
          await createOutboxTable(db, dialect, "test");
          await createAuditTable(db, dialect, "test");
        },
      }),
    });
  });
  afterAll(() => it?.close());
  afterEach(async () => {
    await it.database.db.deleteFrom("test_outbox").execute();
    await it.database.db.deleteFrom("test_audit_event").execute();
  });

  const rows = () => it.database.db.selectFrom("test_outbox").selectAll().orderBy("id").execute();
  const told = async () => (await rows()).map(({ payload }) => fromBinary(AuditEventSchema, payload));
  const aMutation = () => mutation(it.database, { log: outbox(it.database as never, "test", { notify: () => {} }), clock: systemClock });
  async function gathered(): Promise<Event[]> {
    const held = lease(it.database as never, "test", "relay");
    await held.acquire(5000);
    await numberBatch(it.database as never, "test", held, 5000);
    await held.release();
    const { events } = await pullOwn(it.database, "test" as never, ["audit"])(0, 1000);
    return [...events];
  }
  const keep = (events: readonly Event[]) =>
    it.database.transact((trx) => keepAuditEvents(trx, it.database.dialect, "test", events, names));

  test("a mutation and its record are written together", async () => {
    const call = aCall(createRoleBinding);
    const subject = uuid();
    const answer = await aMutation()(
      call,
      (made: string) => ({ subject: made, organization }),
      async () => subject,
    );
    expect(answer).toBe(subject);
    expect(call.audited).toBe(true);
    const [event] = await told();
    expect(event).toMatchObject({
      subject,
      service: "test",
      method: "signalbox.rbac.v1.RoleBindingService/CreateRoleBinding",
      principal: { id: alice },
      principalKind: "user",
      address: "192.0.2.7",
      outcome: Outcome.DONE,
      reason: "",
    });
  });

  test("a mutation that fails leaves no record", async () => {
    const call = aCall(createRoleBinding);
    const failing = aMutation()(call, { subject: uuid() }, async () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    expect(call.audited).toBe(false);
    expect(await rows()).toEqual([]);
  });

  test("reports write no record of their own", async () => {
    await aMutation()(aCall(ReportService.method.report), { subject: uuid() }, async () => undefined);
    expect(await rows()).toEqual([]);
  });

  test("refusals are recorded in batches, also those of callers who are not known", async () => {
    const faults: unknown[] = [];
    const refused = refusals(it.database, { service: "test", clock: systemClock, onError: (error) => faults.push(error) });
    const subject = uuid();
    for (let i = 0; i < 1200; i++) refused.record(aCall(deleteRoleBinding), "PERMISSION_MISSING", subject);
    const stranger = aCall(createRoleBinding);
    stranger.caller = undefined;
    refused.record(stranger, "PASSWORD_WRONG", "alice", { organization });
    await refused.flush();
    const events = await told();
    expect(faults).toEqual([]);
    expect(events).toHaveLength(1201);
    expect(events[0]).toMatchObject({ subject, outcome: Outcome.REFUSED, reason: "PERMISSION_MISSING" });
    expect(events.at(-1)).toMatchObject({ subject: "alice", principalKind: "", reason: "PASSWORD_WRONG" });
  });

  test("gathering the same events twice keeps each once", async () => {
    await aMutation()(aCall(createRoleBinding), { subject: uuid(), organization }, async () => undefined);
    const events = await gathered();
    await keep(events);
    await keep(events);
    const kept = await it.database.db.selectFrom("test_audit_event").selectAll().execute();
    expect(kept).toHaveLength(1);
    expect(kept[0]).toMatchObject({ principalName: "alice", service: "test", outcome: Outcome.DONE });
    expect(toUuid(kept[0]?.organizationId as Buffer)).toBe(organization);
  });

  test("an event that names no organization belongs to the caller's own", async () => {
    await aMutation()(aCall(createRoleBinding), { subject: uuid() }, async () => undefined);
    await keep(await gathered());
    const kept = await it.database.db.selectFrom("test_audit_event").selectAll().executeTakeFirstOrThrow();
    expect(toUuid(kept.organizationId)).toBe(elsewhere);
  });

  test("the log is listed newest first, by organization, narrowed by a filter", async () => {
    const mutate = aMutation();
    const subjects: string[] = [];
    for (let i = 0; i < 7; i++) {
      const subject = uuid();
      subjects.push(subject);
      await mutate(aCall(createRoleBinding), { subject, organization }, async () => undefined);
    }
    await mutate(aCall(createRoleBinding), { subject: uuid(), organization: elsewhere }, async () => undefined);
    await keep(await gathered());
    const policy = {
      organizationsOf: () => [organization, elsewhere],
      allows: (_: string, __: string, place: object) => "organization" in place && place.organization === organization,
    };
    const handlers = auditHandlers(it.database, {
      service: "test",
      lists: { seal, dialect: it.database.dialect, indexesOf: it.database.indexesOf },
      policy,
    });
    const call = aCall(AuditService.method.listAuditEvents);
    const ask = { filter: "", orderBy: "", pageSize: 3, pageToken: "", includeTotal: true };
    const seen: (string | undefined)[] = [];
    for (let token: string | undefined = ""; token !== undefined; ) {
      const page = await handlers.listAuditEvents({ ...ask, pageToken: token } as never, call);
      seen.push(...(page.auditEvents ?? []).map(({ subject }) => subject));
      expect(page.totalSize).toBe(7n);
      token = page.nextPageToken || undefined;
    }
    expect(seen).toEqual(subjects.toReversed());
    const filter = `subject = "${subjects[2]}" AND outcome = DONE AND principal = "${alice}"`;
    const { auditEvents } = await handlers.listAuditEvents({ ...ask, filter } as never, call);
    expect(auditEvents?.map(({ subject }) => subject)).toEqual([subjects[2]]);
  });

  test("a workspace sees its own log only", async () => {
    const workspace = uuid();
    await aMutation()(aCall(createRoleBinding, aCaller({ workspace } as never)), { subject: "mine" }, async () => undefined);
    await aMutation()(aCall(createRoleBinding, aCaller({ workspace: uuid() } as never)), { subject: "theirs" }, async () => undefined);
    await keep(await gathered());
    const handlers = auditHandlers(it.database, {
      service: "test",
      lists: { seal, dialect: it.database.dialect, indexesOf: it.database.indexesOf },
      policy: { organizationsOf: () => [], allows: () => false },
    });
    const call = aCall(AuditService.method.listAuditEvents, aCaller({ workspace } as never));
    const { auditEvents } = await handlers.listAuditEvents({ filter: "", orderBy: "", pageSize: 0, pageToken: "" } as never, call);
    expect(auditEvents?.map(({ subject }) => subject)).toEqual(["mine"]);
  });
});
