import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Keyring, newKeyringEntry, parseKeyring } from "@signalbox/runtime/crypto/keys.ts";

/** The keyring that is configured, or the one in a file of the data folder, which is made when there is none. */
export function keyringIn(folder: string, name: string, configured: string | undefined): Keyring {
  if (configured !== undefined) return parseKeyring(configured, `SIGNALBOX_${name.toUpperCase()}_KEYS`);
  const path = join(folder, `${name}.keys`);
  if (!existsSync(path)) {
    // Complete or not there at all: half a key would lock the data up for good.
    writeFileSync(`${path}.new`, `${newKeyringEntry("k1")}\n`, { mode: 0o600, flush: true });
    renameSync(`${path}.new`, path);
  }
  chmodSync(path, 0o600);
  return parseKeyring(readFileSync(path, "utf8").trim(), path);
}
