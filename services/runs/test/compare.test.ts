import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import {
  Aspect,
  AspectSchema,
  type CompareRunsResponse,
  ComparisonService,
} from "@signalbox/gen/signalbox/runs/v1/comparison_service_pb.ts";
import type { Report } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { InputKind, Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { fake, type PartUnderTest } from "@signalbox/runtime/testing/part.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { as, type Lab, lab, reportClient, runClient } from "./fixtures.ts";
import { reasonOf } from "./reason.ts";
import { numbering } from "./stream.ts";

describe.each(dialects)("comparing runs on %s", (dialect) => {
  let here: Lab;
  const digests = new Map<string, string>();
  beforeAll(async () => {
    const artifacts = fake(ArtifactVersionService, {
      batchGetArtifactVersions: ({ ids }) => ({
        artifactVersions: ids.map((id) => ({ id, artifactName: "weights", version: id.slice(0, 4), digest: digests.get(id) ?? "" })),
      }),
    });
    here = await lab(dialect, 1, [artifacts]);
  });
  afterAll(() => here.close());

  const client = () => (here.parts[0] as PartUnderTest).client(ComparisonService, as(here));
  const json = (value: unknown) => ({ text: JSON.stringify(value) });
  async function run(snapshot: string, parameters: unknown = {}, project = here.project): Promise<string> {
    const { run: made } = await runClient(here).createRun({ project, snapshot, running: true, parameters: json(parameters) });
    return made?.id ?? "";
  }
  async function report(of: string, changes: readonly (readonly [string, Report["change"] | object])[]): Promise<void> {
    const next = numbering();
    const { refused } = await reportClient(here).batchReport({
      run: of,
      reports: changes.map(([step, change]) => next(step, change as never)),
    });
    expect(refused).toEqual([]);
  }
  const number = (value: number) => ({ kind: { case: "number" as const, value } });
  const text = (value: string) => ({ kind: { case: "text" as const, value } });
  const step = (
    name: string,
    { rate, loss, output, input, hash = "h" }: { rate: number; loss: number; output: string; input: string; hash?: string },
  ) =>
    [
      [
        name,
        {
          case: "started",
          value: {
            parameters: json({ rate, depth: 3 }),
            configuration: json({ resources: { cpu: 4 } }),
            codeHash: hash,
            inputs: [{ name: "train", artifactVersion: input, kind: InputKind.EXTERNAL }],
          },
        },
      ],
      [name, { case: "metadata", value: { values: { best: number(loss), device: text("gpu") } } }],
      [
        name,
        {
          case: "metrics",
          value: {
            points: [
              { name: "loss", index: 0n, value: 9 },
              { name: "loss", index: 1n, value: loss },
            ],
          },
        },
      ],
      [name, { case: "ended", value: { status: Status.COMPLETED, outputs: [{ name: "weights", artifactVersion: output }] } }],
    ] as const;

  /** What differs, as lines. */
  const lines = ({ differences }: CompareRunsResponse) =>
    differences.map(({ aspect, step: of, path, values }) =>
      [
        AspectSchema.value[aspect]?.localName,
        of,
        path,
        ...values.map(({ value }) => (value ? String((value.kind.value as { text?: string }).text ?? value.kind.value) : "-")),
      ].join(" | "),
    );

  test("only what differs is told, by aspect and step", async () => {
    const [one, other] = [
      here.snapshot({
        environment: json({ node: "24.1.0", arch: "x64", packages: { numpy: "2.1.0", scipy: "1.14.0" } }) as never,
        configuration: json({ retries: 1, layers: [64, 32] }) as never,
        code: { repository: "git@example.org:birds", commit: "9c1e", path: "main.py", dirty: false } as never,
      }),
      here.snapshot({
        environment: json({ arch: "x64", node: "24.2.0", packages: ["numpy==2.2.0", "pandas==2.0"] }) as never,
        configuration: json({ layers: [64, 32, 16], retries: 1 }) as never,
        code: { repository: "git@example.org:birds", commit: "77aa", path: "main.py", dirty: true } as never,
      }),
    ];
    const [input, same, again, third] = [newUuid(), newUuid(), newUuid(), newUuid()];
    digests.set(same, "sha256:1").set(again, "sha256:1").set(third, "sha256:3");
    const a = await run(one, { seed: 7, model: { rate: 0.1, "a/b": true }, big: 1 });
    const b = await run(other, { model: { "a/b": true, rate: 0.2 }, seed: 7, big: 1.5 });
    await report(a, step("train", { rate: 0.1, loss: 0.3, output: same, input }));
    await report(b, step("train", { rate: 0.1, loss: 0.2, output: again, input: newUuid(), hash: "i" }));
    await report(b, [
      ["evaluate", { case: "ended", value: { status: Status.COMPLETED, outputs: [{ name: "report", artifactVersion: third }] } }],
    ]);
    await report(a, [["", { case: "metadata", value: { values: { team: text("birds") } } }]]);
    const answer = await client().compareRuns({ runs: [a, b] });
    expect(answer.runs.map(({ id }) => id)).toEqual([a, b]);
    expect(lines(answer)).toEqual([
      "PARAMETERS |  | /model/rate | 0.1 | 0.2",
      "PARAMETERS |  | /big | 1 | 1.5",
      "CONFIGURATION |  | /layers | [64,32] | [64,32,16]",
      "CODE |  | commit | 9c1e | 77aa",
      "CODE |  | dirty | false | true",
      "CODE | train | code_hash | h | i",
      expect.stringMatching(/^DATA \| train \| train \| weights:/),
      "ENVIRONMENT |  | /node | 24.1.0 | 24.2.0",
      "PACKAGES |  | numpy | 2.1.0 | 2.2.0",
      "PACKAGES |  | scipy | 1.14.0 | -",
      "PACKAGES |  | pandas | - | 2.0",
      "METADATA |  | team | birds | -",
      "METADATA | train | best | 0.3 | 0.2",
      "METRICS | train | loss | 0.3 | 0.2",
      "STEPS | evaluate | status | - | COMPLETED",
    ]);
    const { differences } = await client().compareRuns({ runs: [a, b], aspects: [Aspect.METRICS, Aspect.PACKAGES] });
    expect(new Set(differences.map(({ aspect }) => aspect))).toEqual(new Set([Aspect.PACKAGES, Aspect.METRICS]));
  });

  test("an output of another digest is another, and names the version", async () => {
    const snapshot = here.snapshot();
    const ids = [newUuid(), newUuid(), newUuid()];
    for (const [i, id] of ids.entries()) digests.set(id, `sha256:${Math.min(i, 1)}`);
    const runs = await Promise.all(ids.map(() => run(snapshot)));
    const input = newUuid();
    for (const [i, of] of runs.entries()) await report(of, step("train", { rate: 1, loss: 1, output: ids[i] as string, input }));
    const { differences } = await client().compareRuns({ runs });
    expect(differences).toMatchObject([
      { aspect: Aspect.ARTIFACTS, step: "train", path: "weights", values: ids.map((artifactVersion) => ({ artifactVersion })) },
    ]);
  });

  test("runs that are the same differ in nothing, and what is equal is not read", async () => {
    const snapshot = here.snapshot({ environment: json({ node: "24" }) as never });
    const runs = [await run(snapshot, { seed: 1 }), await run(snapshot, { seed: 1 })];
    await here.database.db.deleteFrom("runsDocument").execute();
    expect(await client().compareRuns({ runs })).toMatchObject({ differences: [], truncated: false });
  });

  test("numbers that JavaScript would round, long values and the order of members", async () => {
    const snapshot = here.snapshot();
    const runs = [
      await runClient(here).createRun({
        project: here.project,
        snapshot,
        parameters: { text: '{"id":9007199254740993,"o":{"l":[{"a":1,"b":2}]},"t":"x"}' },
      }),
      await runClient(here).createRun({
        project: here.project,
        snapshot,
        parameters: { text: `{"t":"${"y".repeat(3000)}","o":{"l":[{"b":2,"a":1}]},"id":9007199254740992}` },
      }),
    ].map(({ run: made }) => made?.id ?? "");
    const answer = await client().compareRuns({ runs });
    expect(lines(answer).map((line) => line.slice(0, 80))).toEqual([
      "PARAMETERS |  | /id | 9007199254740993 | 9007199254740992",
      expect.stringMatching(/^PARAMETERS \| {2}\| \/t \| x \| yyy/),
    ]);
    const [, cut] = answer.differences;
    expect(String(cut?.values[1]?.value?.kind.value)).toHaveLength(1001);
  });

  test("an answer ends where it is large enough, and says so", async () => {
    const snapshot = here.snapshot();
    const many = (value: number) => Object.fromEntries(Array.from({ length: 6000 }, (_, i) => [`p${i}`, value]));
    const answer = await client().compareRuns({ runs: [await run(snapshot, many(1)), await run(snapshot, many(2))] });
    expect(answer.differences).toHaveLength(5000);
    expect(answer.truncated).toBe(true);
  });

  test("runs are found by name in a project, in the order asked, and only those that the caller may read", async () => {
    const snapshot = here.snapshot();
    const [a, b] = [await run(snapshot, { seed: 1 }), await run(snapshot, { seed: 2 })];
    const { run: named } = await runClient(here).getRun({ run: b });
    const answer = await client().compareRuns({ runs: [named?.name ?? "", a], project: here.project });
    expect(answer.runs.map(({ id }) => id)).toEqual([b, a]);
    expect(await reasonOf(client().compareRuns({ runs: [named?.name ?? "", a] }))).toBe(Reason.FIELD_INVALID);
    expect(await reasonOf(client().compareRuns({ runs: [a, newUuid()] }))).toBe(Reason.NOT_FOUND);
    expect(await reasonOf(client().compareRuns({ runs: [a] }))).toBe(Reason.FIELD_INVALID);
    const stranger = (here.parts[0] as PartUnderTest).client(ComparisonService, { principal: newUuid(), workspace: here.world.workspace });
    expect(await reasonOf(stranger.compareRuns({ runs: [a, b] }))).toBe(Reason.NOT_FOUND);
  });
});
