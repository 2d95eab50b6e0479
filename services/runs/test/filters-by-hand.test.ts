import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ReportSchema } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import type { Run } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Value } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { printFilter } from "@signalbox/runtime/filter/print.ts";
import { type HandFields, holds } from "@signalbox/runtime/testing/by-hand.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { anyOrder, asking, equality, filtersOf, oddEnds, oddTexts, present } from "@signalbox/runtime/testing/filters.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, lab, reportClient, runClient } from "./fixtures.ts";

type Kind = Exclude<Value["kind"], { case: undefined }>;
type Facts = Readonly<Record<string, Kind>>;

const keys = ["seed", "my key", "a.b"];
const series = ["loss", "val/loss"];
const numbers = [-1.5, 0, 0.1, 1 / 3, 2, 42, 1e300, 2 ** 53];
const texts = [...oddTexts, ...oddEnds];

const kind: fc.Arbitrary<Kind> = fc.oneof(
  fc.constantFrom(...texts).map((value) => ({ case: "text" as const, value })),
  fc.constantFrom(...numbers).map((value) => ({ case: "number" as const, value })),
  fc.constantFrom(0n, 2n, 42n, 9007199254740993n).map((value) => ({ case: "integer" as const, value })),
  fc.boolean().map((value) => ({ case: "flag" as const, value })),
  fc.constant({ case: "json" as const, value: { text: "42" } as never }),
);
const facts = fc.dictionary(fc.constantFrom(...keys), kind, { maxKeys: 2 });
const made = fc.record({
  run: facts,
  step: facts,
  metrics: fc.dictionary(fc.constantFrom(...series), fc.constantFrom(...numbers), { maxKeys: 2 }),
});

interface Told extends Run {
  readonly facts: readonly Facts[];
  readonly metrics: Readonly<Record<string, number>>;
}

function comparedAs({ case: kind, value }: Kind): number | string | undefined {
  if (kind === "flag" || kind === "text") return String(value);
  return kind === "number" || kind === "integer" ? Number(value) : undefined;
}

const byHand: HandFields<Told> = {
  name: { kind: "text", of: ({ name }) => name },
  index: { kind: "number", of: ({ index }) => Number(index) },
  in_progress: { kind: "one", of: () => "true" },
  stack: { kind: "one", of: ({ stack }) => stack || undefined },
  end_time: { kind: "number", of: () => undefined },
  metadata: {
    kind: "members",
    of: ({ facts }) => facts.flatMap((some) => Object.entries(some).map(([name, value]) => ({ name, value: comparedAs(value) }))),
  },
  metrics: { kind: "members", of: ({ metrics }) => Object.entries(metrics).map(([name, value]) => ({ name, value })) },
};

const matches = ["whole", "whole", "prefix", "suffix", "part"] as const;
const filter = filtersOf([
  asking("metadata", { operators: anyOrder, texts: [...texts, ...numbers.map(String)], matches, rest: keys }),
  asking("metadata", { operators: anyOrder, texts: [...numbers.map(String), "0.10", "1e2"], rest: keys }),
  asking("metadata", { operators: [":"], texts: [...keys, "nope"] }),
  asking("metrics", { operators: anyOrder, texts: numbers.map(String), rest: series }),
  asking("metrics", { operators: [":"], texts: [...series, "nope"] }),
  asking("index", { operators: anyOrder, texts: ["0", "3", "17", "-1"] }),
  asking("in_progress", { operators: equality, texts: ["true", "false"] }),
  asking("end_time", { operators: anyOrder, texts: ["2000-01-01", "-1d", "2100-01-01"] }),
  ...["metadata", "metrics", "end_time", "stack"].map((field) => present(field)),
  present("metadata", keys),
]);

/** What tells all that. */
function reportsOf(run: Facts, step: Facts, metrics: Readonly<Record<string, number>>): MessageInitShape<typeof ReportSchema>[] {
  const changes: { step: string; change: NonNullable<MessageInitShape<typeof ReportSchema>["change"]> }[] = [];
  const log = (of: string, some: Facts) => {
    const values = Object.fromEntries(Object.entries(some).map(([key, kind]) => [key, { kind }]));
    if (Object.keys(some).length > 0) changes.push({ step: of, change: { case: "metadata", value: { values } } });
  };
  log("", run);
  if (Object.keys(step).length + Object.keys(metrics).length > 0) changes.push({ step: "train", change: { case: "started", value: {} } });
  log("train", step);
  const points = Object.entries(metrics).map(([name, value]) => ({ name, index: 1n, value }));
  if (points.length > 0) changes.push({ step: "train", change: { case: "metrics", value: { points } } });
  return changes.map((change, at) => ({ ...change, sequence: BigInt(at + 1) }));
}

describe.each(dialects)("on %s runs are found by what their facts say", (dialect) => {
  let here: Lab;
  let all: readonly Told[] = [];

  beforeAll(async () => {
    here = await lab(dialect);
    const snapshot = here.snapshot();
    all = await Promise.all(
      fc.sample(made, { numRuns: 48, seed: 7 }).map(async ({ run: own, step, metrics }) => {
        const { run } = await runClient(here).createRun({ id: newUuid(), project: here.project, snapshot, running: true });
        const id = run?.id ?? "";
        const reports = reportsOf(own, step, metrics);
        if (reports.length > 0) expect((await reportClient(here).batchReport({ run: id, reporter: "test", reports })).refused).toEqual([]);
        return { ...(run as Run), facts: [own, step], metrics };
      }),
    );
  }, 60_000);
  afterAll(() => here?.close());

  test("in a project and in the workspace", async () => {
    const asked = fc.record({ tree: filter, project: fc.boolean(), pageSize: fc.integer({ min: 1, max: 60 }) });
    await fc.assert(
      fc.asyncProperty(asked, async ({ tree, project, pageSize }) => {
        const text = printFilter(tree);
        fc.pre(text.length <= 4096);
        const expected = all.filter((run) => holds(tree, run, byHand)).map(({ id }) => id);
        const found: string[] = [];
        let pageToken = "";
        do {
          const page = await runClient(here).listRuns({ project: project ? here.project : "", filter: text, pageSize, pageToken });
          found.push(...page.runs.map(({ id }) => id));
          pageToken = page.nextPageToken;
        } while (pageToken !== "");
        expect(found.toSorted(), text).toEqual(expected.toSorted());
      }),
      { numRuns: 250 },
    );
  }, 120_000);
});
