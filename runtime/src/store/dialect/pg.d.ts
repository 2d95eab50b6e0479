/** The part of the driver that the PostgreSQL dialect uses; the package brings no types of its own. */
declare module "pg" {
  import type { PostgresPool } from "kysely";

  interface PoolConfig {
    readonly connectionString: string;
    readonly max: number;
    readonly connectionTimeoutMillis: number;
    readonly idleTimeoutMillis: number;
    readonly keepAlive: boolean;
    readonly types: { getTypeParser(oid: number, format?: string): (text: string) => unknown };
  }

  interface Emitter {
    on(event: "error", listener: (error: Error) => void): unknown;
  }

  interface Pool extends PostgresPool {
    on(event: "error", listener: (error: Error) => void): unknown;
    on(event: "connect", listener: (client: Emitter) => void): unknown;
  }

  const pg: {
    readonly Pool: new (config: PoolConfig) => Pool;
    readonly types: { getTypeParser(oid: number, format?: string): (text: string) => unknown };
  };
  export default pg;
}
