import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import type { Benchmark, Figure, RaceLine, Section } from "../benchmark.ts";
import { inserts } from "../floors/inserts.ts";
import { slowCommits } from "../floors/slow-commits.ts";
import { oneProcess, type Place, wholeMesh } from "../place.ts";
import { type Contender, type RaceOptions, race } from "../race.ts";
import type { Stage } from "../stage.ts";
import { straightTo } from "../workload/direct.ts";
import { bringPipeline, type Pipeline } from "../workload/pipeline.ts";
import { type Ways, wholeSteps } from "../workload/step.ts";

const what = "start, register one version of an output, note a fact, complete: four unary calls; the floor is one-row inserts";
const options: RaceOptions = { roundMs: 1_000, warmUpMs: 800 };

/** Everything in one process, on PostgreSQL. */
export const step: Benchmark = {
  about: `A whole step, by the transport of the SDK: ${what}`,
  bound:
    "the processor. With 32 clients both cores are busy: a step costs the program 1.6 ms, the database 1.0 and the client 0.6, while an insert of the floor costs everybody together 0.2. A third of the program's part is statements, their driver and its socket, an eighth the collection of garbage, most of the rest HTTP, checks and protobuf of four calls; who reports by the stream pays that once for many",
  async measure(stage) {
    const pipeline = await bringPipeline(stage, await oneProcess(stage, "postgres"));
    const contenders = await Promise.all([1, 8, 32, 100].map((clients) => stepsOf(pipeline, clients, clients === 32 ? 0.08 : undefined)));
    const lines = await race([await inserts(stage, "postgres"), ...contenders], options);
    return [
      {
        kind: "race",
        title: "Whole steps",
        conditions: "One process, PostgreSQL, a run for each client, six connections",
        unit: "step",
        lines,
      },
      { kind: "figures", title: "More clients", conditions: "The same", lines: [heldUp(lines)] },
    ];
  },
};

/** The same on another engine. */
const elsewhere = (dialect: DialectName, name: string): Benchmark => ({
  about: `A whole step on ${name}: ${what}`,
  async measure(stage) {
    const pipeline = await bringPipeline(stage, await oneProcess(stage, dialect));
    return [await both(stage, dialect, await Promise.all([8, 32].map((clients) => stepsOf(pipeline, clients))), `One process, ${name}`)];
  },
});

export const stepOnMariadb: Benchmark = elsewhere("mysql", "MariaDB");
export const stepOnSqlite: Benchmark = elsewhere("sqlite", "SQLite, synchronous=FULL");

/** A process for each service. */
export const stepInMesh: Benchmark = {
  about: `A whole step in a mesh: ${what}`,
  async measure(stage) {
    const place = await wholeMesh(stage, "postgres");
    const pipeline = await bringPipeline(stage, place);
    const edge = await stepsOf(pipeline, 32, 0.03, "32 clients, by the SDK's transport through the edge");
    const straight = await stepsOf(pipeline, 32, 0.06, "32 clients, by gRPC straight to the services", straightWays(stage, place));
    return [await both(stage, "postgres", [edge, straight], "Eight processes, PostgreSQL and Redis, six connections each")];
  },
};

/** A disk in a cloud: each commit is answered two milliseconds late, the floor's too. */
export const stepOnSlowDisk: Benchmark = {
  about: `A whole step where each commit takes two milliseconds longer: ${what}`,
  async measure(stage) {
    const database = await stage.database("postgres");
    const slow = (url: string) => slowCommits(stage, url, 2);
    const place = await oneProcess(stage, "postgres", { SIGNALBOX_DATABASE_URL: await slow(database.url) });
    const contenders = await Promise.all([8, 32].map(async (clients) => stepsOf(await bringPipeline(stage, place), clients)));
    const lines = await race([await inserts(stage, "postgres", slow), ...contenders], options);
    return [
      {
        kind: "race",
        title: "Whole steps",
        conditions: "One process, PostgreSQL behind a proxy that holds back answers to commits",
        unit: "step",
        lines,
      },
    ];
  },
};

async function both(stage: Stage, dialect: DialectName, contenders: readonly Contender[], conditions: string): Promise<Section> {
  const lines = await race([await inserts(stage, dialect), ...contenders], options);
  return { kind: "race", title: "Whole steps", conditions: `${conditions}, a run for each client`, unit: "step", lines };
}

/** How much of the rate at 32 clients is left at 100. */
function heldUp(lines: readonly RaceLine[]): Figure {
  const [few, many] = lines.slice(-2);
  return {
    name: "rate at 100 clients over that at 32",
    value: (many?.perSecond ?? 0) / (few?.perSecond ?? 1),
    unit: "",
    reach: { atLeast: 0.9 },
  };
}

export async function stepsOf(
  pipeline: Pipeline,
  clients: number,
  reach?: number,
  name = `${clients} ${clients === 1 ? "client" : "clients"}`,
  waysOf: (token: string) => Ways = (token) => {
    const { transport } = pipeline.connection.as(token);
    return { runs: transport, artifacts: transport };
  },
): Promise<Contender> {
  const runs = await Promise.all(Array.from({ length: clients }, () => pipeline.start()));
  const work = runs.map((run) => wholeSteps(waysOf(run.token), run));
  return { name, atOnce: clients, work: (worker) => work[worker]?.(), ...(reach !== undefined && { reach }) };
}

function straightWays(stage: Stage, place: Place): (token: string) => Ways {
  const [runs, artifacts] = [straightTo(stage, place, "runs"), straightTo(stage, place, "artifacts")];
  return (token) => ({ runs: runs(token), artifacts: artifacts(token) });
}
