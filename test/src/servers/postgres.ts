import pg from "pg";
import { findCompanion } from "./binary.ts";
import { need, type ServerKind } from "./kind.ts";

/** Durability is left as it ships: tests that pass without fsync prove less. */
const settings = ["-c", "max_connections=300", "-c", "log_min_messages=fatal"] as const;

export const postgres: ServerKind = {
  name: "postgres",
  title: "PostgreSQL",
  programs: ["postgres"],
  least: [14, 0],
  debianPackage: "postgresql",
  image: "postgres:17",
  imagePort: 5432,
  accounts: ["postgres"],

  plan(program, version, { folder, port, password }) {
    // Production clusters sort as a language does; in plain byte order a forgotten collation goes unnoticed.
    const locale = version[0] >= 15 ? ["--locale-provider=icu", "--icu-locale=en-US", "--locale=C"] : ["--locale=C"];
    const data = `${folder}/data`;
    return {
      files: { password },
      prepare: [
        [
          ...need(findCompanion(["initdb"], program), "initdb"),
          ...["--pgdata", data, "--username=signalbox", `--pwfile=${folder}/password`, "--auth=scram-sha-256"],
          ...["--encoding=UTF8", ...locale, "--no-sync"],
        ],
      ],
      serve: [
        program,
        ...["-D", data, "-p", String(port), "-c", "listen_addresses=127.0.0.1", "-c", `unix_socket_directories=${folder}`],
        ...settings,
      ],
      signal: "SIGQUIT",
    };
  },

  container: ({ password }) => ({
    options: ["-e", "POSTGRES_USER=signalbox", "-e", `POSTGRES_PASSWORD=${password}`],
    arguments: settings,
  }),

  url: ({ port, password }) => `postgres://signalbox:${password}@127.0.0.1:${port}/postgres`,

  async ping(url) {
    const pool = new pg.Pool({
      ...{ connectionString: url, max: 1, types: pg.types, keepAlive: false },
      ...{ connectionTimeoutMillis: 5_000, idleTimeoutMillis: 5_000 },
    });
    pool.on("error", () => {});
    try {
      const client = await pool.connect();
      await client.query("select 1", []);
      client.release();
    } finally {
      await pool.end();
    }
  },
};
