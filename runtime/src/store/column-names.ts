import { CamelCasePlugin, type PluginTransformResultArgs, type QueryResult, type UnknownRow } from "kysely";

/**
 * Column names are snake_case in the database and camelCase in the program, on every engine. Kysely's own plugin looks into
 * each value for more names; no column of ours holds an object, and a result's names are those of its first row.
 */
export class ColumnNames extends CamelCasePlugin {
  override async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    const [first] = result.rows ?? [];
    if (!first) return result;
    const columns = Object.keys(first);
    const names = columns.map((column) => this.camelCase(column));
    const width = columns.length;
    const rows = result.rows.map((row) => {
      const named: Record<string, unknown> = {};
      for (let at = 0; at < width; at++) named[names[at] as string] = row[columns[at] as string];
      return named;
    });
    return { ...result, rows };
  }
}
