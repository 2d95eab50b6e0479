/** Where Redis is, read from one URL. */
export type RedisPlace = RedisNode | RedisSentinel | RedisCluster;

export interface RedisAccess {
  readonly username?: string;
  readonly password?: string;
  readonly tls: boolean;
}

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

export interface RedisNode extends RedisAccess, RedisAddress {
  readonly kind: "node";
  readonly db: number;
}

export interface RedisSentinel extends RedisAccess {
  readonly kind: "sentinel";
  readonly sentinels: readonly RedisAddress[];
  /** The name that the sentinels know the master by. */
  readonly master: string;
  readonly db: number;
}

export interface RedisCluster extends RedisAccess {
  readonly kind: "cluster";
  readonly nodes: readonly RedisAddress[];
}

const forms = "redis://host:6379/0, rediss:// for TLS, redis+sentinel://host,host/master/0 or redis+cluster://host,host";
const pattern = /^(rediss?)(\+sentinel|\+cluster)?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?#]+)(?:\/([^?#]*))?$/;

/**
 * Reads redis://[user:password@]host[:port][/db], the same with several hosts
 * as redis+sentinel://.../master[/db] and redis+cluster://..., and with rediss
 * for TLS. Fails with a text that names the forms and never the URL, which
 * holds a password.
 */
export function parseRedisUrl(url: string): RedisPlace {
  const [, scheme, mode, user, password, hosts = "", path = ""] = pattern.exec(url) ?? [];
  if (!scheme) throw new Error(`a Redis URL is one of: ${forms}`);
  const access: RedisAccess = {
    tls: scheme === "rediss",
    ...(user ? { username: decodeURIComponent(user) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
  };
  const addresses = hosts.split(",").map((address) => parseAddress(address, mode === "+sentinel" ? 26379 : 6379));
  const [first = "", second = ""] = path.split("/");
  if (mode === "+sentinel") {
    if (!first) throw new Error("a redis+sentinel URL names the master: redis+sentinel://host,host/master");
    return { kind: "sentinel", sentinels: addresses, master: decodeURIComponent(first), db: parseDb(second), ...access };
  }
  if (mode === "+cluster") return { kind: "cluster", nodes: addresses, ...access };
  const [address, ...more] = addresses;
  if (!address || more.length > 0) throw new Error(`a redis URL names one host; several are one of: ${forms}`);
  return { kind: "node", ...address, db: parseDb(first), ...access };
}

function parseAddress(text: string, defaultPort: number): RedisAddress {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const number = port ? Number(port) : defaultPort;
  if (!host || number < 1 || number > 65535) throw new Error(`a Redis URL is one of: ${forms}`);
  return { host, port: number };
}

function parseDb(text: string): number {
  if (!/^\d{0,3}$/.test(text)) throw new Error("the database in a Redis URL is a number");
  return Number(text);
}
