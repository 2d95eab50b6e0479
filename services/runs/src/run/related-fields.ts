import { CodeRepositoryService } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { RunTemplateService } from "@signalbox/gen/signalbox/registry/v1/run_template_pb.ts";
import { StackService } from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import { filterInvalid } from "@signalbox/runtime/filter/invalid.ts";
import { isUuid, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import type { ListQuery } from "@signalbox/runtime/resource/lists.ts";
import type { Beside, ListField, Place, Row } from "@signalbox/runtime/store/listing.ts";
import { side } from "@signalbox/runtime/store/side.ts";
import { there } from "@signalbox/runtime/store/there.ts";
import type { Context } from "../context.ts";

type Needs = Pick<Context, "peers" | "database">;
type Asked = Pick<ListQuery, "workspaceId" | "projectId">;
interface Named {
  readonly text: string;
  readonly prefix: boolean;
}

const table = "runsRunTrait";

/** What few runs have, in a table that has their projects and times: each column that is asked by an id has an index of those that have it, in the order of the runs. */
function besideTraits({ db, dialect }: Needs["database"], { workspaceId }: Asked) {
  const all = () => db.selectFrom(table).where(`${table}.workspaceId`, "=", workspaceId);
  const own = (row: Row) =>
    row
      .selectFrom(table)
      .select(`${table}.runId`)
      .whereRef(`${table}.workspaceId`, "=", "runsRun.workspaceId")
      .whereRef(`${table}.runId`, "=", "runsRun.id");
  const has = (row: Row, where: (row: Row) => unknown) => there(own(row).where(where as never));

  return {
    has,

    /** By an id in a column: `NOT build:*` has those without. */
    by(
      column: "buildId" | "templateId" | "sourceSnapshotId" | "codeRepositoryId" | "modelVersionId" | "parentStepId",
      index: string,
    ): Beside {
      // Said too, because the index has no others.
      const told = () => all().where(`${table}.${column}`, "!=", noId);
      return {
        has: (row, where) => has(row, (each) => each.and([each(`${table}.${column}`, "!=", noId), where(each)])),
        async having(where, most) {
          const rows = dialect.readBy(told().where(where as never), index);
          const found = await rows
            .select(`${table}.runId`)
            .limit(most + 1)
            .execute();
          return found.map(({ runId }) => runId);
        },
        async walk(where, { descending, from, most }) {
          const order = [`${table}.createTime`, `${table}.runId`].map((each) => ({ column: each, descending }));
          const some = told().where(where as never);
          const after = from ? some.where(side(dialect, order, from, "after") as never) : some;
          const sorted = after
            .select([`${table}.createTime as time`, `${table}.runId as id`])
            .orderBy(`${table}.createTime`, descending ? "desc" : "asc")
            .orderBy(`${table}.runId`, descending ? "desc" : "asc");
          return (await dialect.readBy(sorted, index).limit(most).execute()) satisfies Place[];
        },
      };
    },
  };
}

/** The fields of runs that are told by their traits, and by registry of what these and the runs name. */
export function relatedFields({ peers, database }: Needs, query: Asked): Readonly<Record<string, ListField>> {
  const workspace = toUuid(query.workspaceId);
  const traits = besideTraits(database, query);
  const inProject = query.projectId;

  const modelVersion = {
    kind: "id",
    column: `${table}.modelVersionId`,
    beside: traits.by("modelVersionId", "runs_run_trait_model"),
  } as const;
  const stacks = async (asked: { readonly name: string } | { readonly component: string }, prefix: boolean) =>
    (await peers(StackService).resolveStacks({ workspace, prefix, ...asked })).stacks.map(toId);
  const stack = { kind: "id", column: "stackId", resolve: ({ text, prefix }: Named) => stacks({ name: text }, prefix) } as const;
  const isTemplatable = (row: Row) => row(`${table}.templatable`, "=", 1);

  return {
    stack,
    "stack.name": { ...stack, refers: true },
    component: { ...stack, refers: true, resolve: ({ text, prefix }) => stacks({ component: text }, prefix) },
    build: { kind: "id", column: `${table}.buildId`, beside: traits.by("buildId", "runs_run_trait_build") },
    source_snapshot: { kind: "id", column: `${table}.sourceSnapshotId`, beside: traits.by("sourceSnapshotId", "runs_run_trait_source") },
    parent_step: { kind: "id", column: `${table}.parentStepId`, beside: traits.by("parentStepId", "runs_run_trait_step") },
    template: {
      ...{ kind: "id", column: `${table}.templateId`, beside: traits.by("templateId", "runs_run_trait_template") },
      resolve: async ({ text, prefix }) =>
        (await peers(RunTemplateService).resolveRunTemplates({ workspace, name: text, prefix })).runTemplates.map(toId),
    },
    code_repository: {
      ...{ kind: "id", column: `${table}.codeRepositoryId`, beside: traits.by("codeRepositoryId", "runs_run_trait_code") },
      resolve: async ({ text, prefix }) =>
        (await peers(CodeRepositoryService).resolveCodeRepositories({ workspace, name: text, prefix })).codeRepositories.map(toId),
    },
    model_version: modelVersion,
    model: {
      ...modelVersion,
      refers: true,
      resolve: async ({ text, prefix }) =>
        (await peers(ModelVersionService).resolveModelVersions({ workspace, model: text, prefix })).modelVersions.map(toId),
    },
    linked_model_version: {
      ...{ kind: "id", column: "id", refers: true },
      async resolve({ text, prefix }) {
        if (prefix || !isUuid(text)) throw filterInvalid(1, "linked_model_version is compared with an id, a UUID");
        return (await peers(ModelVersionService).resolveModelRuns({ workspace, modelVersion: text })).runs.map(toId);
      },
    },
    templatable: {
      kind: "fact",
      is: (row) => traits.has(row, isTemplatable),
      async having(most) {
        const all = database.db.selectFrom(table).select("runId").where("workspaceId", "=", query.workspaceId).where("templatable", "=", 1);
        const some = inProject ? all.where("projectId", "=", inProject) : all;
        const rows = database.dialect.readBy(some, `runs_run_trait_templatable${inProject ? "_in" : ""}`);
        return (await rows.limit(most + 1).execute()).map(({ runId }) => runId);
      },
    },
  };
}
