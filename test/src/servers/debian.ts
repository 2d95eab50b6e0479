import { existsSync } from "node:fs";
import { guard } from "./guarded.ts";

/** apt starts what it installs; while this file stands it does not, and the file leaves with the shell, however that ends. */
const install = `
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 143' TERM
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@"
`;

/** Whether this process may install Debian packages. */
export function mayInstallPackages(): boolean {
  return process.getuid?.() === 0 && ["/usr/bin/apt-get", "/bin/apt-get"].some(existsSync);
}

/** Installs Debian packages without starting their services. Fails with the last words of apt. */
export async function installPackages(packages: readonly string[], signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const apt = guard({ prepare: [], serve: ["sh", "-c", install, "sh", ...packages], signal: "SIGTERM", output: "tail" });
  signal.addEventListener("abort", () => void apt.stop(), { once: true });
  const { code, words } = await apt.ended;
  signal.throwIfAborted();
  if (code !== 0) throw new Error(`apt-get could not install ${packages.join(", ")}\n${words}`.trimEnd());
}
