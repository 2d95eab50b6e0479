import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { openDatabase } from "../store/database.ts";
import type { DialectName } from "../store/dialect/dialect.ts";

/** A database of its own for one test file. */
export interface FreshDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

const makers: Readonly<Record<DialectName, (server?: string) => Promise<FreshDatabase>>> = {
  sqlite: freshSqlite,
  postgres: freshPostgres,
  mysql: freshMysql,
};

/** The engines to test on: those that SIGNALBOX_TEST_DATABASES names ("sqlite,postgres"), or all. */
export const dialects: readonly DialectName[] = (process.env.SIGNALBOX_TEST_DATABASES ?? Object.keys(makers).join(","))
  .split(",")
  .map((name) => {
    if (!Object.hasOwn(makers, name))
      throw new Error(`SIGNALBOX_TEST_DATABASES names "${name}"; it may name ${Object.keys(makers).join(", ")}`);
    return name as DialectName;
  });

/**
 * An empty database with a random name, on the server of the tests unless told. Fails when there is no server for it: a test
 * that is skipped proves nothing.
 */
export const freshDatabase = (dialect: DialectName, server?: string): Promise<FreshDatabase> => makers[dialect](server);

const randomName = () => `signalbox_${randomBytes(6).toString("hex")}`;

async function freshSqlite(): Promise<FreshDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-"));
  return { url: `sqlite://${folder}/test.db`, drop: async () => rmSync(folder, { recursive: true, force: true }) };
}

async function freshPostgres(given?: string): Promise<FreshDatabase> {
  const server = given ?? serverOf("SIGNALBOX_TEST_POSTGRES_URL", "a PostgreSQL server, as a user who may create databases");
  const name = randomName();
  await run(server, [`create database ${name} template template0 encoding 'UTF8'`]);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(server, [`drop database if exists ${name} with (force)`]) };
}

async function freshMysql(given?: string): Promise<FreshDatabase> {
  const server = given ?? serverOf("SIGNALBOX_TEST_MARIADB_URL", "a MariaDB or MySQL server, as a user who may create databases and users");
  const name = randomName();
  const password = randomBytes(12).toString("hex");
  // Both hosts: a server that has anonymous local users would take "localhost" for one of them.
  const users = ["%", "localhost"].map((host) => `'${name}'@'${host}'`);
  await run(server, [
    `create database ${name}`,
    ...users.map((user) => `create user ${user} identified by '${password}'`),
    // What the documentation asks an operator to grant, and nothing more: the tests prove that it is enough.
    ...users.map((user) => `grant select, insert, update, delete, create, alter, drop, index on ${name}.* to ${user}`),
  ]);
  const url = new URL(server);
  url.username = name;
  url.password = password;
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => run(server, [`drop database if exists ${name}`, ...users.map((user) => `drop user if exists ${user}`)]),
  };
}

function serverOf(variable: string, what: string): string {
  const url = process.env[variable];
  if (!url) throw new Error(`${variable} is not set: it names ${what}. SIGNALBOX_TEST_DATABASES=sqlite runs without`);
  return url;
}

async function run(url: string, statements: readonly string[]): Promise<void> {
  const { db, close } = openDatabase(url, { poolSize: 1 });
  try {
    for (const statement of statements) await sql.raw(statement).execute(db);
  } finally {
    await close();
  }
}
