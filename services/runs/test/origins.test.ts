import { ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { LineageService } from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { fake } from "@signalbox/runtime/testing/part.ts";
import { newUuid, teachPerson } from "@signalbox/runtime/testing/world.ts";
import { toConnectError } from "@signalbox/runtime/wire/status.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { as, type Lab, lab, reportClient } from "./fixtures.ts";

describe.each(dialects)("what is behind a model version on %s", (dialect) => {
  let here: Lab;
  const known = { id: newUuid(), artifacts: [] as string[], runs: [] as string[], run: "", more: false };
  beforeAll(async () => {
    const of = (modelVersion: string) => {
      if (modelVersion !== known.id) throw toConnectError(notFound("model_version", modelVersion));
      return known;
    };
    here = await lab(dialect, 1, [
      fake(ModelVersionService, {
        getModelVersion: ({ modelVersion }) => ({ modelVersion: { id: of(modelVersion).id, number: 7, run: known.run } }),
        listModelArtifacts: ({ modelVersion }) => ({
          artifacts: of(modelVersion).artifacts.map((artifactVersion) => ({ name: "part", artifactVersion })),
          nextPageToken: known.more ? "more" : "",
        }),
        listModelRuns: ({ modelVersion }) => ({ runs: of(modelVersion).runs.map((run) => ({ run })) }),
      }),
    ]);
  });
  afterAll(() => here.close());

  const origins = (modelVersion = known.id, maxHops = 0, principal = here.world.developer) => {
    const client = here.parts[0]?.client(LineageService, { ...as(here), principal });
    if (!client) throw new Error("no part");
    return client.getModelVersionOrigins({ modelVersion, maxHops });
  };
  const ended = { status: Status.COMPLETED } as const;

  test("its runs, the data behind each of its artifacts, and their code", async () => {
    const [raw, weights, report] = [newUuid(), newUuid(), newUuid()];
    const code = { repository: "https://example.com/birds", commit: "c0ffee" };
    const [loading, training, judging] = [await here.run(), await here.run(here.snapshot({ code: code as never })), await here.run()];
    const client = reportClient(here);
    await client.endStep({ run: loading, step: "load", ended: { ...ended, outputs: [{ name: "raw", artifactVersion: raw }] } });
    await client.startStep({ run: training, step: "train", started: { inputs: [{ name: "data", artifactVersion: raw }] } });
    await client.endStep({ run: training, step: "train", ended: { ...ended, outputs: [{ name: "weights", artifactVersion: weights }] } });
    await client.startStep({ run: training, step: "judge", started: { inputs: [{ name: "weights", artifactVersion: weights }] } });
    await client.endStep({ run: training, step: "judge", ended: { ...ended, outputs: [{ name: "report", artifactVersion: report }] } });
    Object.assign(known, { artifacts: [weights, report], run: training, runs: [judging, newUuid()] });

    const found = await origins();
    expect(found.modelVersion).toMatchObject({ id: known.id, number: 7 });
    expect(found.runs.map(({ id }) => id)).toEqual([training, judging, loading]);
    expect(found.steps.map(({ name, hops }) => `${name} ${hops}`).sort()).toEqual(["judge 1", "load 2", "train 1"]);
    expect(found.artifacts.map(({ artifactVersion }) => artifactVersion)).toEqual([weights, report, raw]);
    expect(found.code).toMatchObject([{ snapshot: found.runs[0]?.snapshot, code }]);
    expect(found.truncated).toBe(false);

    expect(await origins(known.id, 1)).toMatchObject({ truncated: true, steps: [{}, {}] });
    known.more = true;
    expect((await origins()).truncated).toBe(true);
    known.more = false;
  });

  test("what the caller may not read is left out, and of a version that they may not see nothing is told", async () => {
    const outsider = newUuid();
    teachPerson(here.policy, here.world, outsider, "project-viewer", here.other);
    expect(await origins(known.id, 0, outsider)).toMatchObject({ runs: [], steps: [], code: [] });
    expect(await reasonOf(origins(newUuid()))).toBe("NOT_FOUND");
  });
});
