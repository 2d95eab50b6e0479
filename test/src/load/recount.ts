import { Outcome } from "@signalbox/gen/signalbox/audit/v1/audit_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { type ServiceName, serviceNames } from "@signalbox/runtime/contract/services.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { openDatabase } from "@signalbox/runtime/store/database.ts";
import { sql } from "kysely";
import { expect } from "vitest";
import type { Ledger } from "./ledger.ts";

/** Where a service keeps its tables. */
export type UrlOf = (service: ServiceName) => string;

/** How long logs may take to be numbered and gathered after the last call. */
const settleMs = 20_000;

/**
 * What the API cannot tell, from the tables: counters agree with a recount, what happened to each run is recorded once,
 * logs are numbered without doubles, and without gaps but for what later events stand for, each change has one audit event,
 * and uses of artifacts are projected once.
 */
export async function expectCounted(urlOf: UrlOf, ledger: Ledger): Promise<void> {
  const ask = asker(urlOf);
  await expect.poll(() => unsettled(ask, ledger), { timeout: settleMs, interval: 250 }).toEqual([]);
  for (const service of serviceNames) {
    const [log] = await ask<Log>(
      service,
      `select count(*) as n, count(distinct sequence) as numbers, max(sequence) as last from ${service}_outbox`,
    );
    // Changes of runs that later ones stand for leave gaps.
    const last = service === "runs" ? log?.last : log?.n || null;
    expect(log, `the log of ${service}`).toEqual({ n: log?.n, numbers: log?.n, last });
  }
  const told = "select 1 from runs_outbox o where o.workspace_id = r.workspace_id and o.kind = 'run.changed' and o.subject = r.id";
  expect(await ask("runs", `select r.name from runs_run r where not exists (${told})`), "runs that the log does not tell of").toEqual([]);
  await expectRunsCounted(ask);
  await expectEvents(ask, ledger);
  const kept = await auditEvents(ask);
  for (const { method, subject } of ledger.acts) expect(kept.get(`${method} ${subject}`), `${method} ${subject}`).toBe(1);
}

interface Log {
  readonly n: number;
  readonly numbers: number;
  readonly last: number | null;
}
interface Counted {
  readonly n: number;
}
type Ask = <R>(service: ServiceName, text: string) => Promise<readonly R[]>;

/** Asks one question in a connection of its own. */
const asker =
  (urlOf: UrlOf): Ask =>
  async <R>(service: ServiceName, text: string) => {
    const { db, close } = openDatabase(urlOf(service), { poolSize: 1 });
    try {
      return (await sql.raw<R>(text).execute(db)).rows;
    } finally {
      await close();
    }
  };

/** What is still under way beside the calls. */
async function unsettled(ask: Ask, { acts, runs }: Ledger): Promise<readonly string[]> {
  const late: string[] = [];
  for (const service of serviceNames) {
    const [waiting] = await ask<Counted>(service, `select count(*) as n from ${service}_outbox where sequence = 0`);
    if (waiting?.n !== 0) late.push(`${waiting?.n} events of ${service} have no number`);
  }
  const kept = await auditEvents(ask);
  const missing = acts.filter(({ method, subject }) => !kept.has(`${method} ${subject}`));
  if (missing.length > 0) late.push(`${missing.length} audit events are missing, such as ${missing[0]?.method} ${missing[0]?.subject}`);
  const uses = await ask<{ versionId: Buffer }>("artifacts", "select version_id from artifacts_use");
  const made = new Set(uses.map(({ versionId }) => toUuid(versionId)));
  const unused = runs.flatMap(({ steps }) => steps.flatMap(({ outputs }) => outputs)).filter((id) => !made.has(id));
  if (unused.length > 0) late.push(`${unused.length} artifact versions have no producer, such as ${unused[0]}`);
  return late;
}

/** How many audit events there are of each method and subject, in both planes. */
async function auditEvents(ask: Ask): Promise<ReadonlyMap<string, number>> {
  const kept = new Map<string, number>();
  for (const service of ["org", "registry"] as const) {
    const rows = await ask<{ method: string; subject: string; n: number }>(
      service,
      `select method, subject, count(*) as n from ${service}_audit_event where outcome = ${Outcome.DONE} group by method, subject`,
    );
    for (const { method, subject, n } of rows) kept.set(`${method} ${subject}`, n);
  }
  return kept;
}

async function expectRunsCounted(ask: Ask): Promise<void> {
  const steps = (condition: string) =>
    `(select count(*) from runs_step s where s.workspace_id = r.workspace_id and s.run_id = r.id and ${condition})`;
  const counted = [
    ["completed", steps(`latest = 1 and s.status = ${Status.COMPLETED}`)],
    ["failed", steps(`latest = 1 and s.status = ${Status.FAILED}`)],
    ["positions", steps("1 = 1")],
  ];
  const wrong = counted.map(([column, count]) => `r.${column} <> ${count}`).join(" or ");
  expect(await ask("runs", `select r.name, r.completed, r.failed, r.positions from runs_run r where ${wrong}`)).toEqual([]);
  const points = "(select count(*) from runs_point p where p.workspace_id = s.workspace_id and p.series_id = s.id)";
  expect(await ask("runs", `select s.name, s.count, ${points} as n from runs_series s where s.count <> ${points}`)).toEqual([]);
  // A pipeline numbers its runs without gaps.
  const last = "(select max(c.value) from runs_counter c where c.pipeline_id = r.pipeline_id)";
  const numbers = `select pipeline_name, count(*) as n, ${last} as last from runs_run r group by pipeline_name, pipeline_id`;
  expect((await ask<{ n: number; last: number }>("runs", numbers)).filter((each) => each.n !== each.last)).toEqual([]);
}

async function expectEvents(ask: Ask, { runs }: Ledger): Promise<void> {
  const rows = await ask<{ runId: Buffer; kind: string; step: string; n: number }>(
    "runs",
    "select run_id, kind, step, count(*) as n from runs_event group by run_id, kind, step, attempt",
  );
  expect(rows.filter(({ n }) => n !== 1)).toEqual([]);
  const told = Map.groupBy(rows, ({ runId }) => toUuid(runId));
  for (const { id, steps } of runs) {
    const happened = new Set((told.get(id) ?? []).map(({ kind, step }) => `${kind} ${step}`.trim()));
    for (const { name } of steps) expect(happened).toContain(`step.completed ${name}`);
    for (const kind of ["run.completed", "run.ended"]) expect(happened).toContain(kind);
  }
}
