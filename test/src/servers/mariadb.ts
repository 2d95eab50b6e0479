import { createConnection } from "mysql2/promise";
import { findCompanion } from "./binary.ts";
import { need, type ServerKind } from "./kind.ts";

const user = "signalbox";
const settings = ["--max-connections=300", "--skip-name-resolve", "--character-set-server=utf8mb4"] as const;

export const mariadb: ServerKind = {
  name: "mariadb",
  title: "MariaDB",
  programs: ["mariadbd"],
  least: [10, 6],
  debianPackage: "mariadb-server",
  image: "mariadb:11.8",
  imagePort: 3306,
  accounts: ["mysql"],

  plan(program, _version, { folder, port, password }) {
    const data = `${folder}/data`;
    const installer = findCompanion(["mariadb-install-db", "mysql_install_db"], program);
    return {
      files: {
        // Runs at each start, before the server listens.
        "init.sql": `CREATE USER IF NOT EXISTS ${user}@'%' IDENTIFIED BY '${password}';\nGRANT ALL PRIVILEGES ON *.* TO ${user}@'%' WITH GRANT OPTION;\n`,
      },
      prepare: [
        [
          ...need(installer, "mariadb-install-db"),
          ...["--no-defaults", `--datadir=${data}`, "--skip-test-db", "--auth-root-authentication-method=normal"],
        ],
      ],
      serve: [
        program,
        ...["--no-defaults", `--datadir=${data}`, `--tmpdir=${folder}`, `--init-file=${folder}/init.sql`],
        ...["--bind-address=127.0.0.1", `--port=${port}`, `--socket=${folder}/socket`, `--pid-file=${folder}/pid`],
        ...settings,
      ],
      // Nothing in the folder is needed again, and an orderly end takes seconds.
      signal: "SIGKILL",
    };
  },

  container: ({ password }) => ({ options: ["-e", `MARIADB_ROOT_PASSWORD=${password}`], arguments: settings }),

  url: ({ port, password, container }) => `mysql://${container ? "root" : user}:${password}@127.0.0.1:${port}/`,

  async ping(url) {
    const connection = await createConnection({ uri: url, connectTimeout: 5_000 });
    connection.on("error", () => {});
    try {
      await connection.query("select 1");
    } finally {
      connection.destroy();
    }
  },
};
