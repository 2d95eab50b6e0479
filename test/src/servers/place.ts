import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Where a server that this run starts lives: nobody else's folder, port, password or account. */
export interface Place {
  readonly folder: string;
  readonly port: number;
  readonly password: string;
  /** Set when the server runs in a container. */
  readonly container?: string;
  readonly account?: { readonly uid: number; readonly gid: number };
}

/**
 * A free place. The password proves later that the server which answers is the one
 * that was started. PostgreSQL refuses to run as root, so root lends the server the
 * first of `accounts` that this machine has.
 */
export async function freePlace(name: string, accounts: readonly string[]): Promise<Place> {
  const root = process.getuid?.() === 0;
  const account = root ? accountOf([...accounts, "nobody"]) : undefined;
  return {
    folder: join(temporary(root), `signalbox-${name}-${randomBytes(6).toString("hex")}`),
    port: await freePort(),
    password: randomBytes(12).toString("hex"),
    ...(account ? { account } : {}),
  };
}

function accountOf(names: readonly string[]): { uid: number; gid: number } {
  const lines = existsSync("/etc/passwd") ? readFileSync("/etc/passwd", "utf8").split("\n") : [];
  for (const name of names) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(":") ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  return { uid: 65534, gid: 65534 };
}

/** A folder that another account can reach, with a path short enough for a unix socket below it. */
function temporary(forOthers: boolean): string {
  const folder = tmpdir();
  const fits = folder.length <= 60 && !(forOthers && !reachable(folder));
  return fits ? folder : "/tmp";
}

function reachable(folder: string): boolean {
  const open = ((statSync(folder, { throwIfNoEntry: false })?.mode ?? 0) & 0o001) !== 0;
  return open && (dirname(folder) === folder || reachable(dirname(folder)));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(address && typeof address === "object" ? address.port : 0));
    });
  });
}
