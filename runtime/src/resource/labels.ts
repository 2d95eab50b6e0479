import type { Kysely } from "kysely";
import type { Id } from "../ids.ts";
import { createTable } from "../store/create-table.ts";
import type { Dialect } from "../store/dialect/dialect.ts";
import type { ListField } from "../store/listing.ts";
import { there } from "../store/there.ts";

/** A row of `<service>_label`. */
export interface LabelTable {
  readonly workspaceId: Id;
  /** What has the label. */
  readonly subjectId: Id;
  readonly key: string;
  readonly value: string;
}

export type Labels = Readonly<Record<string, string>>;

/** The table of the labels of a service's resources, for its migration. */
export async function createLabelTable(db: Kysely<unknown>, { types }: Pick<Dialect, "types">, service: string): Promise<void> {
  const columns = { workspace_id: types.id, subject_id: types.id, key: types.name, value: types.name };
  await createTable(db, `${service}_label`, columns, ["workspace_id", "subject_id", "key"]);
}

// biome-ignore lint/suspicious/noExplicitAny: any service's database, whatever else it holds
type Db = Kysely<any>;

/** Reads and writes the labels of a service's resources. */
export function labelStore(service: string) {
  const table = `${service}_label`;

  /** The labels of each of these, by the id in hexadecimal; nothing for those without. */
  async function of(db: Db, workspaceId: Id, ids: readonly Id[]): Promise<Map<string, Labels>> {
    if (ids.length === 0) return new Map();
    const query = db.selectFrom(table).select(["subjectId", "key", "value"]).where("workspaceId", "=", workspaceId);
    const rows = (await query.where("subjectId", "in", ids).orderBy("subjectId").orderBy("key").execute()) as LabelTable[];
    const pairs = Map.groupBy(rows, ({ subjectId }) => subjectId.toString("hex"));
    return new Map([...pairs].map(([id, labels]) => [id, Object.fromEntries(labels.map(({ key, value }) => [key, value]))]));
  }

  async function drop(trx: Db, workspaceId: Id, subjectId: Id): Promise<void> {
    await trx.deleteFrom(table).where("workspaceId", "=", workspaceId).where("subjectId", "=", subjectId).execute();
  }

  return {
    none: {} as Labels,
    same: sameLabels,
    of,
    drop,

    /** These rows, each with its labels. */
    async labelled<R extends { readonly id: Id }>(
      db: Db,
      workspaceId: Id,
      rows: readonly R[],
    ): Promise<(R & { readonly labels: Labels })[]> {
      const ids = rows.map(({ id }) => id);
      const labels = await of(db, workspaceId, ids);
      return rows.map((row) => ({ ...row, labels: labels.get(row.id.toString("hex")) ?? {} }));
    },

    /** Gives something these labels and no others. */
    async set(trx: Db, workspaceId: Id, subjectId: Id, labels: Labels): Promise<void> {
      await drop(trx, workspaceId, subjectId);
      const rows = Object.entries(labels).map(([key, value]) => ({ workspaceId, subjectId, key, value }));
      if (rows.length > 0) await trx.insertInto(table).values(rows).execute();
    },

    /** Asks for the labels of another table's rows in a filter: `labels:env`, `labels.env = prod`, or `labels:"env=prod"`. */
    field: (subjects: string, { compares }: Pick<Dialect, "compares">): ListField => ({
      kind: "member",
      valued: true,
      has: (row, { name, apart, value }) => {
        const labels = row
          .selectFrom(table)
          .select(`${table}.key`)
          .whereRef(`${table}.workspaceId`, "=", `${subjects}.workspaceId`)
          .whereRef(`${table}.subjectId`, "=", `${subjects}.id`);
        if (name === undefined) return there(labels);
        const at = value || apart ? -1 : name.indexOf("=");
        const named = labels.where(`${table}.key`, "=", at < 0 ? name : name.slice(0, at));
        if (at >= 0) return there(named.where(compares(row.ref(`${table}.value`), "=", name.slice(at + 1))));
        return there(value ? named.where(value.asText(`${table}.value`)) : named);
      },
    }),
  };
}

/** Whether labels are the same, in any order. */
export function sameLabels(a: Labels, b: Labels): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
