import { openDatabase } from "../../src/store/database.ts";
import { migrate } from "../../src/store/migrate.ts";
import { migrations } from "./things.ts";

/** A process of its own that migrates the database of its first argument. */
const database = openDatabase(process.argv[2] ?? "");
await migrate(database, "test", migrations);
await database.close();
