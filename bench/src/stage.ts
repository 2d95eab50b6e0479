import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import { type FreshDatabase, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { bringServers } from "@signalbox/test/servers/bring.ts";
import { type ServerName, urlVariable } from "@signalbox/test/servers/kind.ts";

/** Where a benchmark gets what it needs. Everything is taken away when the benchmark has ended. */
export interface Stage {
  /** The URL of a server that is found or started once for the whole run, as for the tests. */
  server(name: ServerName): Promise<string>;
  /** An empty database of this engine. */
  database(dialect: DialectName): Promise<FreshDatabase>;
  /** An empty folder. */
  folder(): string;
  /** Something to be closed when the benchmark has ended, last first. */
  own<T>(thing: T, close: (thing: T) => Promise<void> | void): T;
}

export interface OpenStage extends Stage {
  /** Takes away what the last benchmark used; servers stay. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

const serverOf: Readonly<Record<DialectName, ServerName | undefined>> = { postgres: "postgres", mysql: "mariadb", sqlite: undefined };

export function openStage(say: (line: string) => void): OpenStage {
  const servers = new Map<ServerName, Promise<string>>();
  const running: (() => Promise<void>)[] = [];
  let owned = new AsyncDisposableStack();
  const stage: Stage = {
    server(name) {
      let found = servers.get(name);
      if (!found) {
        found = bringServers([name], new AbortController().signal, say).then(([server]) => {
          if (!server) throw new Error(`there is no ${name}`);
          running.push(server.stop);
          process.env[urlVariable(name)] = server.url;
          return server.url;
        });
        servers.set(name, found);
      }
      return found;
    },
    async database(dialect) {
      const server = serverOf[dialect];
      if (server) await stage.server(server);
      return stage.own(await freshDatabase(dialect), (database) => database.drop());
    },
    folder: () => stage.own(mkdtempSync(join(tmpdir(), "signalbox-bench-")), (path) => rmSync(path, { recursive: true, force: true })),
    own: (thing, close) => owned.adopt(thing, async (it) => close(it)),
  };
  const clear = async () => {
    const last = owned;
    owned = new AsyncDisposableStack();
    await last.disposeAsync();
  };
  return {
    ...stage,
    clear,
    async close() {
      await clear();
      await Promise.all(running.map((stop) => stop()));
    },
  };
}
