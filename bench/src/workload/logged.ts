import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { newId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import { multiply, type Numbered } from "@signalbox/runtime/testing/multiply.ts";
import { type RawBuilder, sql } from "kysely";
import { analyze, rowOf } from "./history.ts";
import type { Pipeline } from "./pipeline.ts";

type Tables = Parameters<typeof analyze>[0] extends Database<infer T> ? T : never;
type N = RawBuilder<unknown>;

/** Where the ids of each kind begin that these runs refer to. */
const above = {
  owner: 2 * 10 ** 12,
  pipeline: 3 * 10 ** 12,
  version: 4 * 10 ** 12,
  series: 5 * 10 ** 12,
  tag: 6 * 10 ** 12,
  model: 7 * 10 ** 12,
} as const;

/** Of how many runs a hundredth is the one that is rare: so many are found of any number. */
export const found = 100;

/** The id that about 67 runs refer to, however many there are, and that each third does. */
export const referred = (kind: keyof typeof above, which: "rare" | "common"): string => {
  const hex = (above[kind] + (which === "rare" ? 7 : 0)).toString(16).padStart(32, "0");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
};

/** 0 for each third, 7 for those that are rare. */
const share = (n: N, count: number) => sql`case when ${n} % 3 = 0 then 0 else ${n} % ${sql.lit(count / found)} end`;

/** Of so many digits that none begins another. */
const firstWord = 10 ** 7;

/** The word that the names of few runs have, and that of each third. */
export const wordOf = (which: "rare" | "common"): string => `word${firstWord + (which === "rare" ? 7 : 0)}`;

/** Spread evenly from 0 to 1, in no order. */
const spread = (n: N) => sql`(${n} * 1009) % 1000003 / 1000003.0`;

/**
 * Makes `count` runs like one that there is, a millisecond apart, each with three facts, a metric, an output, a tag, a
 * word more in its name and a version of a model. Each third failed, and a hundred are in progress.
 */
export async function manyLoggedRuns(database: Database<Tables>, { start, connection }: Pipeline, count: number): Promise<void> {
  const reference = (make: Numbered, n: N, kind: keyof typeof above) => make.id(share(n, count), above[kind]);
  const run = (await start(["nightly"], toUuid(newId()))).id;
  const output = toUuid(newId());
  const reports = connection.client(ReportService);
  await reports.startStep({ run, step: "train" });
  const values = {
    accuracy: { kind: { case: "number" as const, value: 0 } },
    batch: { kind: { case: "integer" as const, value: -1n } },
    commit: { kind: { case: "text" as const, value: "none" } },
  };
  await reports.batchReport({
    run,
    reports: [
      { sequence: 1n, step: "train", change: { case: "metadata", value: { values } } },
      { sequence: 2n, step: "train", change: { case: "metrics", value: { points: [{ name: "loss", index: 0n, value: 1 }] } } },
    ],
  });
  const outputs = [{ name: "model", artifactVersion: output }];
  await reports.endStep({ run, step: "train", ended: { status: Status.COMPLETED, outputs } });

  const model = await rowOf(database, "runs_run", run);
  const createTime = (n: N) => sql`${sql.lit(Number(model.createTime) - count * 1_000)} + ${n} * 1000`;
  await multiply(database as never, "runs_run", model, { count }, (make, n) => ({
    id: make.id(n),
    name: make.text("run-", n),
    claimKey: make.hash(n),
    index: sql`1 + ${n}`,
    status: sql`case when ${n} % 3 = 1 then ${sql.lit(Status.FAILED)} else ${sql.lit(Status.COMPLETED)} end`,
    inProgress: sql`case when ${n} % ${sql.lit(count / found)} = 9 then 1 else 0 end`,
    ownerId: reference(make, n, "owner"),
    pipelineId: reference(make, n, "pipeline"),
    startTime: n,
    endTime: n,
    createTime: createTime(n),
  }));
  const { db } = database;
  for (const fact of await db.selectFrom("runsFact").selectAll().execute()) {
    await multiply(database as never, "runs_fact", fact, { count, by: "key" }, (make, n) => ({
      runId: make.id(n),
      ...(fact.key === "accuracy" && { number: spread(n) }),
      ...(fact.key === "batch" && { number: sql`${n} % 4` }),
      ...(fact.key === "commit" && { text: make.text("commit-", n) }),
    }));
  }
  const series = await db.selectFrom("runsSeries").selectAll().executeTakeFirstOrThrow();
  await multiply(database as never, "runs_series", series, { count }, (make, n) => ({
    id: make.id(n, above.series),
    runId: make.id(n),
    last: spread(n),
  }));
  const edge = await db.selectFrom("runsOutput").selectAll().executeTakeFirstOrThrow();
  await multiply(database as never, "runs_output", edge, { count, by: "name" }, (make, n) => ({
    runId: make.id(n),
    artifactVersionId: reference(make, n, "version"),
  }));
  const tagging = await db.selectFrom("runsTagging").selectAll().executeTakeFirstOrThrow();
  await multiply(database as never, "runs_tagging", tagging, { count, by: "resourceId" }, (make, n) => ({
    resourceId: make.id(n),
    scopeId: make.id(n),
    tagId: reference(make, n, "tag"),
    resourceTime: createTime(n),
  }));
  const tag = await db.selectFrom("runsKnownTag").selectAll().executeTakeFirstOrThrow();
  const known = (["rare", "common"] as const).map((name) => ({ ...tag, id: toId(referred("tag", name)), name: `the ${name}` }));
  await db.insertInto("runsKnownTag").values(known).execute();
  const word = await db.selectFrom("runsWord").selectAll().executeTakeFirstOrThrow();
  await multiply(database as never, "runs_word", word, { count, by: "word" }, (make, n) => ({
    resourceId: make.id(n),
    word: make.text("word", sql`${share(n, count)} + ${sql.lit(firstWord)}`),
  }));
  const trait = await db.selectFrom("runsRunTrait").selectAll().executeTakeFirstOrThrow();
  await multiply(database as never, "runs_run_trait", trait, { count, by: "runId" }, (make, n) => ({
    runId: make.id(n),
    modelVersionId: reference(make, n, "model"),
    createTime: createTime(n),
  }));
  for (const table of ["runs_run", "runs_run_trait", "runs_fact", "runs_series", "runs_output", "runs_tagging", "runs_word"])
    await analyze(database, table);
}
