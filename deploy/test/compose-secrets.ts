import { newKeyringEntry } from "@signalbox/runtime/crypto/keys.ts";

/** What the secrets of deploy/compose.yaml hold, by name, as docs/operate/containers.md makes them. */
export const composeSecrets = (): Readonly<Record<string, string>> => ({
  postgres_password: "a-password",
  database_url: "postgres://signalbox:a-password@postgres/signalbox",
  redis_conf: "requirepass a-password",
  redis_url: "redis://:a-password@redis",
  mesh_keys: newKeyringEntry("m1"),
  sealing_keys: newKeyringEntry("s1"),
  admin_password: "a-long-password",
});
