import { notFound } from "@signalbox/runtime/errors.ts";
import { type Id, newId, toUuid } from "@signalbox/runtime/ids.ts";
import { wordStore } from "@signalbox/runtime/resource/words.ts";
import type { BulkRow, BulkTable, ColumnsOf } from "@signalbox/runtime/store/dialect/bulk.ts";
import type { Dialect } from "@signalbox/runtime/store/dialect/dialect.ts";
import { sendAll } from "@signalbox/runtime/store/send-all.ts";
import type { Kysely } from "kysely";
import { requireNone, selectGoing } from "../project/going.ts";
import type { ArtifactRow, ArtifactsTables } from "../tables.ts";
import type { Draft } from "./draft.ts";
import { artifactNumbers } from "./numbers.ts";

type Db = Kysely<ArtifactsTables>;

const words = wordStore("artifacts_artifact");
const artifacts: BulkTable = {
  name: "artifacts_artifact",
  columns: {
    ...{ workspaceId: "id", id: "id", contentHash: "hash", ownerId: "id", projectId: "id", name: "name", description: "text" },
    ...{ customName: "flag", latestNumber: "int", lastNumber: "int", revision: "int", createTime: "time", updateTime: "time" },
  } satisfies ColumnsOf<ArtifactRow>,
};

/** Stands for "made for its first version", which no request asks for. */
const noHash = Buffer.alloc(32);

/** A version's artifact and its number there. */
export interface Place {
  readonly artifactId: Id;
  readonly number: number;
}

/** With columns as a statement calls them, which is not by its plugin: each is a word. */
interface Numbered {
  readonly workspace: Id;
  readonly project: Id;
  readonly id: Id;
  readonly name: string;
  /** The highest number given so far. */
  last: number;
}

const keyOf = (project: Id, name: string) => `${project.toString("hex")}/${name}`;
const keyOfDraft = ({ row: { projectId }, artifactName }: Draft) => keyOf(projectId, artifactName);
const isChosen = ({ number }: Draft) => number !== undefined;

/**
 * Gives each draft its artifact and its number, making the artifacts that are new. The artifacts' rows stay held until the
 * transaction ends. Numbers that callers choose raise what comes after them; `settle` keeps that once the versions are there.
 */
export async function takeNumbers(
  trx: Db,
  dialect: Dialect,
  drafts: readonly Draft[],
): Promise<{ readonly places: Place[]; readonly settle: () => Promise<void> }> {
  const byArtifact = [...Map.groupBy(drafts, keyOfDraft)];
  // In order, so that two batches with the same artifacts do not wait for each other in a circle.
  const counted = byArtifact.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, some]) => newArtifact(some));
  const held = await hold(trx, dialect, counted);
  const chosen: Numbered[] = [];
  for (const [key, some] of byArtifact) {
    const artifact = held.get(key) as Numbered;
    if (some.some(isChosen)) chosen.push(artifact);
    else artifact.last -= some.length;
  }
  const places = drafts.map((draft) => {
    const artifact = held.get(keyOfDraft(draft)) as Numbered;
    // It was renamed since it was found by its id.
    if (draft.artifactId && !draft.artifactId.equals(artifact.id)) throw notFound("artifact", toUuid(draft.artifactId));
    const number = draft.number ?? artifact.last + 1;
    artifact.last = Math.max(artifact.last, number);
    return { artifactId: artifact.id, number };
  });
  const settle = async () => {
    for (const { workspace: workspaceId, id, last: lastNumber } of chosen) {
      const own = trx.updateTable("artifacts_artifact").set({ lastNumber }).where("workspaceId", "=", workspaceId).where("id", "=", id);
      await own.execute();
      await artifactNumbers.findLatest(trx, workspaceId, id);
    }
  };
  return { places, settle };
}

/** Counts each artifact up by its versions, making those that are new; resolves with the last number of each. */
async function hold(trx: Db, dialect: Dialect, counted: readonly ArtifactRow[]): Promise<Map<string, Numbered>> {
  const upserts = dialect.bulk.insert(artifacts, counted as unknown as readonly BulkRow[], {
    key: ["workspaceId", "projectId", "name"],
    overwrite: [],
    sums: ["latestNumber", "lastNumber"],
  });
  const found = trx
    .selectFrom("artifacts_artifact")
    .select(["workspaceId as workspace", "projectId as project", "id", "name", "lastNumber as last"])
    .where((row) =>
      row.or(
        [...Map.groupBy(counted, ({ projectId }) => projectId.toString("hex")).values()].map((some) => {
          const [{ workspaceId, projectId }] = some as [ArtifactRow];
          const names = some.map(({ name }) => name);
          return row.and([row("workspaceId", "=", workspaceId), row("projectId", "=", projectId), row("name", "in", names)]);
        }),
      ),
    );
  const answers = await sendAll(trx, dialect, [...upserts, found.compile(), selectGoing(trx, counted).compile()]);
  const [rows, going] = answers.slice(-2) as unknown as [readonly Numbered[], readonly { project: Id }[]];
  requireNone(going);
  const held = new Map(rows.map((row) => [keyOf(row.project, row.name), { ...row }]));
  const fresh = counted.filter(({ projectId, name, id }) => held.get(keyOf(projectId, name))?.id.equals(id));
  await sendAll(trx, dialect, words.adding(dialect, fresh));
  return held;
}

/** An artifact as it is made for its first versions. Numbers that are chosen count nothing up: they are settled afterwards. */
function newArtifact(versions: readonly Draft[]): ArtifactRow {
  const [{ row, artifactName }] = versions as [Draft];
  const { workspaceId, projectId, ownerId, createTime } = row;
  const count = versions.some(isChosen) ? 0 : versions.length;
  return {
    ...{ workspaceId, id: newId(), contentHash: noHash, ownerId, projectId, name: artifactName, description: "" },
    customName: Number(versions.some(({ customName }) => customName)),
    ...{ latestNumber: count, lastNumber: count, revision: 1, createTime, updateTime: createTime },
  };
}
