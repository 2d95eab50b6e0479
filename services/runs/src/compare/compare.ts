import { fromBinary } from "@bufbuild/protobuf";
import { ExecutionModeSchema, type Snapshot } from "@signalbox/gen/signalbox/registry/v1/pipeline_pb.ts";
import { Aspect, AspectSchema, type ComparisonService } from "@signalbox/gen/signalbox/runs/v1/comparison_service_pb.ts";
import { ValueSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { toUuid, toUuidOrNone } from "@signalbox/runtime/ids.ts";
import { grantedProject, grantedScope } from "@signalbox/runtime/resource/granted.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { statusName } from "../status/transitions.ts";
import type { RunTable } from "../tables.ts";
import { artifactsOf } from "./artifacts.ts";
import { type Differences, gatherDifferences } from "./differences.ts";
import { differs, type Hashes, openDocuments } from "./documents.ts";
import { type Cells, plainCell } from "./leaves.ts";
import { byStep, type Compared, type ComparedStep, findRuns, readCompared } from "./read.ts";
import { codeOf, configurationOf, environmentOf, snapshotsOf } from "./snapshots.ts";

const every = AspectSchema.values.map(({ number }) => number as Aspect).filter((aspect) => aspect !== Aspect.UNSPECIFIED);
const ofSnapshots = [Aspect.CONFIGURATION, Aspect.CODE, Aspect.ENVIRONMENT, Aspect.PACKAGES];
const ofArtifacts = [Aspect.DATA, Aspect.ARTIFACTS];

export function comparisonHandlers(context: Context): Handlers<typeof ComparisonService> {
  return {
    async compareRuns({ runs: references, aspects }, call) {
      const { database, documents } = context;
      const asked = { workspace: workspaceOf(call), visible: grantedScope(call), project: grantedProject(call), references };
      const runs = await findRuns(database.db, asked);
      const wanted = new Set(aspects.length > 0 ? aspects : every);
      const needs = (some: readonly Aspect[]) => some.some((aspect) => wanted.has(aspect));
      const [compared, snapshots] = await Promise.all([
        readCompared(database.db, runs, wanted),
        needs(ofSnapshots) ? snapshotsOf(context, runs, call) : [],
      ]);
      const steps = stepsByName(compared);
      const written = documentsOf(runs, steps, wanted);
      const [opened, artifacts] = await Promise.all([
        openDocuments(
          documents,
          asked.workspace,
          written.map(({ hashes }) => hashes),
        ),
        needs(ofArtifacts) ? artifactsOf(context, compared, [...steps.keys()], call) : undefined,
      ]);

      const all = gatherDifferences();
      if (opened.more) all.truncate();
      const parts: readonly (readonly [Aspect, () => void])[] = [
        [Aspect.RUN, () => all.add(Aspect.RUN, "", runs.map(standingOf))],
        [Aspect.PARAMETERS, () => addDocuments(Aspect.PARAMETERS)],
        [
          Aspect.CONFIGURATION,
          () => {
            addSnapshots(Aspect.CONFIGURATION, configurationOf);
            addDocuments(Aspect.CONFIGURATION);
          },
        ],
        [
          Aspect.CODE,
          () => {
            addSnapshots(Aspect.CODE, codeOf);
            for (const [name, some] of steps)
              all.add(
                Aspect.CODE,
                name,
                some.map((step) => step && one("code_hash", step.codeHash)),
              );
          },
        ],
        [Aspect.DATA, () => artifacts?.addData(all)],
        [Aspect.ENVIRONMENT, () => addSnapshots(Aspect.ENVIRONMENT, (snapshot) => environmentOf(snapshot).rest)],
        [Aspect.PACKAGES, () => addSnapshots(Aspect.PACKAGES, (snapshot) => environmentOf(snapshot).packages)],
        [Aspect.METADATA, () => addLogged(all, Aspect.METADATA, compared, steps)],
        [Aspect.METRICS, () => addLogged(all, Aspect.METRICS, compared, steps)],
        [Aspect.STEPS, () => addSteps(all, steps)],
        [Aspect.ARTIFACTS, () => artifacts?.addArtifacts(all)],
      ];
      function addSnapshots(aspect: Aspect, cellsOf: (snapshot: Snapshot) => Cells): void {
        all.add(
          aspect,
          "",
          snapshots.map((snapshot) => snapshot && cellsOf(snapshot)),
        );
      }
      function addDocuments(aspect: Aspect): void {
        for (const document of written) {
          if (document.aspect === aspect) all.add(aspect, document.step, opened.cellsOf(document.hashes));
        }
      }
      for (const [aspect, add] of parts) if (wanted.has(aspect)) add();
      const { found: differences, truncated } = all;
      return { runs: runs.map(({ id, name }) => ({ id: toUuid(id), name })), differences: [...differences], truncated };
    },
  };
}

/** Each step as it is in each run, in the order in which they come. */
type Steps = ReadonlyMap<string, readonly (ComparedStep | undefined)[]>;

function stepsByName({ runs, steps }: Compared): Steps {
  const places = new Map(runs.map(({ id }, place) => [id.toString("hex"), place]));
  const found = new Map<string, (ComparedStep | undefined)[]>();
  for (const step of steps) {
    const some = found.get(step.name) ?? runs.map(() => undefined);
    some[places.get(step.runId.toString("hex")) as number] = step;
    found.set(step.name, some);
  }
  return found;
}

interface Written {
  readonly aspect: Aspect;
  readonly step: string;
  readonly hashes: Hashes;
}

/** The documents that are not the same in all runs. */
function documentsOf(runs: readonly RunTable[], steps: Steps, wanted: ReadonlySet<Aspect>): Written[] {
  const all: Written[] = [
    { aspect: Aspect.PARAMETERS, step: "", hashes: runs.map(({ parameters }) => parameters) },
    ...[...steps].flatMap(([step, some]) => [
      { aspect: Aspect.PARAMETERS, step, hashes: some.map((each) => each?.parameters) },
      { aspect: Aspect.CONFIGURATION, step, hashes: some.map((each) => each?.configuration) },
    ]),
  ];
  return all.filter(({ aspect, hashes }) => wanted.has(aspect) && differs(hashes));
}

const one = (path: string, value: string): Cells => (value === "" ? new Map() : new Map([[path, plainCell(value)]]));

const standingOf = ({ status, pipelineName, stackId, executionMode }: RunTable): Cells =>
  new Map([
    ["status", plainCell(statusName(status))],
    ["pipeline", plainCell(pipelineName)],
    ...one("stack", toUuidOrNone(stackId)),
    ["execution_mode", plainCell(ExecutionModeSchema.value[executionMode]?.localName ?? "")],
  ]);

function addSteps(all: Differences, steps: Steps): void {
  for (const [name, some] of steps) {
    all.add(
      Aspect.STEPS,
      name,
      some.map((step) => (step ? one("status", statusName(step.status)) : new Map())),
    );
    all.add(
      Aspect.STEPS,
      name,
      some.map((step) => step && new Map([["attempt", plainCell(step.attempt)], ...one("upstream", step.upstream)])),
    );
  }
}

/** What was logged of the runs as a whole, and of their steps. */
function addLogged(all: Differences, aspect: Aspect, compared: Compared, steps: Steps): void {
  const { runs, facts, series } = compared;
  const factsOf = byStep(compared, facts);
  const seriesOf = byStep(compared, series);
  const cells = (run: RunTable, step: string): Cells =>
    aspect === Aspect.METRICS
      ? new Map(seriesOf(run.id, step).map(({ name, last }) => [name, plainCell(last)]))
      : new Map(
          factsOf(run.id, step).map(({ key, value }) => [
            key,
            { key: value.toString("base64"), leaf: () => fromBinary(ValueSchema, value) },
          ]),
        );
  if (aspect === Aspect.METADATA)
    all.add(
      aspect,
      "",
      runs.map((run) => cells(run, "")),
    );
  for (const [name, some] of steps)
    all.add(
      aspect,
      name,
      runs.map((run, i) => some[i] && cells(run, name)),
    );
}
