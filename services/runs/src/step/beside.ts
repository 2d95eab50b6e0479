import { ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { StepKindSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Condition } from "@signalbox/runtime/filter/condition.ts";
import { type Id, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { Peers } from "@signalbox/runtime/peers/peers.ts";
import { principalField } from "@signalbox/runtime/resource/lists.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { Beside, ListField, Row } from "@signalbox/runtime/store/listing.ts";
import { sql } from "kysely";
import type { PrincipalNames } from "../run/mapping.ts";
import { Parts, type RunsTables } from "../tables.ts";

/** What the fields of steps need that lie in other rows than the step's own. */
export interface StepFields {
  readonly database: Pick<Database<RunsTables>, "db" | "dialect">;
  readonly peers: Peers;
  readonly names: PrincipalNames;
}

/** Where steps are looked for. */
export interface Place {
  readonly workspaceId: Id;
  /** undefined for all projects. */
  readonly projectId?: Id | undefined;
  /** Whether they are those of one run: then what other rows tell is looked at step by step. */
  readonly inRun?: true;
}

type Looked = Beside["having"];

const notTold: Looked = async () => undefined;

/** Who ran a step, and of what, as its run tells. */
function besideRun({ db, dialect }: StepFields["database"], { workspaceId, projectId, inRun }: Place): (index: string) => Beside {
  const own = (row: Row) =>
    row
      .selectFrom("runsRun")
      .select("runsRun.id")
      .whereRef("runsRun.workspaceId", "=", "runsStep.workspaceId")
      .whereRef("runsRun.id", "=", "runsStep.runId");

  const having =
    (index: string): Looked =>
    async (where, most) => {
      const all = db.selectFrom("runsRun").select("runsRun.id").where("workspaceId", "=", workspaceId);
      const placed = projectId ? all.where("projectId", "=", projectId) : all;
      const runs = await dialect
        .readBy(placed, index)
        .where(where as never)
        .limit(most + 1)
        .execute();
      if (runs.length > most) return undefined;
      const ids = runs.map(({ id }) => id);
      const steps = db.selectFrom("runsStep").select("id").where("workspaceId", "=", workspaceId).where("runId", "in", ids);
      return (await steps.limit(most + 1).execute()).map(({ id }) => id);
    };

  return (index) => ({ has: (row, where) => row.exists(own(row).where(where as never)), having: inRun ? notTold : having(index) });
}

/** What few steps tell, in their traits: `there` says which of these rows tell it. */
function besideTraits({ db, dialect }: StepFields["database"], { workspaceId, projectId, inRun }: Place) {
  const own = (row: Row) =>
    row
      .selectFrom("runsStepTrait")
      .select("runsStepTrait.stepId")
      .whereRef("runsStepTrait.workspaceId", "=", "runsStep.workspaceId")
      .whereRef("runsStepTrait.runId", "=", "runsStep.runId")
      .whereRef("runsStepTrait.stepId", "=", "runsStep.id");
  // Most steps have no such row, and say so themselves.
  const some = sql<boolean>`(${sql.ref("runsStep.parts")} & ${sql.lit(Parts.TRAITS)}) > 0`;

  return (there: Condition, index: string): Beside => ({
    has: (row, where) =>
      row.and([
        some,
        row.exists(
          own(row)
            .where(there as never)
            .where(where as never),
        ),
      ]),
    async having(where, most) {
      if (inRun) return undefined;
      const all = db.selectFrom("runsStepTrait").select("runsStepTrait.stepId").where("runsStepTrait.workspaceId", "=", workspaceId);
      // Those that were written by the release before have no project.
      const placed = projectId ? all.where("runsStepTrait.projectId", "in", [projectId, noId]) : all;
      const found = dialect
        .readBy(placed, index)
        .where(there as never)
        .where(where as never);
      return (await found.limit(most + 1).execute()).map(({ stepId }) => stepId);
    },
  });
}

/** The fields of steps that are told by their runs, by their traits, and by registry of what these name. */
export function fieldsBeside({ database, peers, names }: StepFields, place: Place): Readonly<Record<string, ListField>> {
  const ofRun = besideRun(database, place);
  const ofTraits = besideTraits(database, place);
  const inProject = (index: string) => (place.projectId ? `${index}_in` : index);
  const expires = "runsStepTrait.cacheExpiresTime";
  const expiring = ofTraits((row) => row(expires, ">", 0), inProject("runs_step_trait_expiring"));
  const expired: Condition = (row) => row(expires, "<=", database.dialect.now());
  const modelVersion = {
    kind: "id",
    column: "runsStepTrait.modelVersionId",
    beside: ofTraits((row) => row("runsStepTrait.modelVersionId", "!=", noId), "runs_step_trait_model"),
  } as const;
  return {
    owner: { ...principalField("runsRun.ownerId", names), beside: ofRun(inProject("runs_run_owner")) } as ListField,
    snapshot: { kind: "id", column: "runsRun.snapshotId", beside: ofRun("runs_run_claim") },
    model_version: modelVersion,
    model: {
      ...modelVersion,
      refers: true,
      async resolve({ text, prefix }) {
        const asked = { workspace: toUuid(place.workspaceId), model: text, prefix };
        return (await peers(ModelVersionService).resolveModelVersions(asked)).modelVersions.map(toId);
      },
    },
    kind: {
      kind: "enum",
      column: "runsStepTrait.kind",
      enum: StepKindSchema,
      beside: ofTraits((row) => row("runsStepTrait.kind", "!=", 0), "runs_step_trait_kind"),
    },
    cache_expire_time: { kind: "time", column: expires, beside: expiring },
    cache_expired: { kind: "fact", is: (row) => expiring.has(row, expired), having: (most) => expiring.having(expired, most) },
  };
}
