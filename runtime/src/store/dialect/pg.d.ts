/** The part of the driver that the PostgreSQL dialect uses; the package brings no types of its own. */
declare module "pg" {
  import type { PostgresPool } from "kysely";

  interface PoolConfig {
    readonly connectionString: string;
    readonly max: number;
    readonly connectionTimeoutMillis: number;
    readonly idleTimeoutMillis: number;
    readonly keepAlive: boolean;
    readonly keepAliveInitialDelayMillis?: number;
    /** Whether statements are sent without waiting for the answers to those before. */
    readonly pipeline?: boolean;
    readonly types: { getTypeParser(oid: number, format?: string): (text: string) => unknown };
  }

  interface Emitter {
    on(event: "error", listener: (error: Error) => void): unknown;
  }

  interface Result {
    readonly command: string;
    readonly rowCount: number;
    readonly rows: unknown[];
  }

  export interface PoolClient {
    /** Its socket is another once TLS is agreed upon. */
    readonly connection: { readonly stream: { cork(): void; uncork(): void } };
    query(text: string, values?: readonly unknown[]): Promise<Result>;
    query(query: { readonly text: string; readonly values?: readonly unknown[]; readonly name?: string }): Promise<Result>;
    release(destroy?: boolean): void;
  }

  export interface Pool extends Omit<PostgresPool, "connect"> {
    connect(): Promise<PoolClient>;
    on(event: "error", listener: (error: Error) => void): unknown;
    on(event: "connect", listener: (client: Emitter) => void): unknown;
  }

  const pg: {
    readonly Pool: new (config: PoolConfig) => Pool;
    readonly types: { getTypeParser(oid: number, format?: string): (text: string) => unknown };
  };
  export default pg;
}
