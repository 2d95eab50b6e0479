import { memoryWakeups } from "@signalbox/runtime/cache/wakeups.ts";
import { systemClock } from "@signalbox/runtime/clock.ts";
import { readConfig } from "@signalbox/runtime/host/read-config.ts";
import { bootstrap } from "./bootstrap.ts";
import { opener } from "./databases.ts";
import { firstSettings, meshSettings, serviceSettings } from "./settings.ts";

/** Makes the first organization, workspace and administrator of a control plane, as a program that runs once and ends. */
export async function bootstrapOnce(environment: NodeJS.ProcessEnv): Promise<void> {
  const known = { alsoKnown: meshSettings };
  const { databaseUrl, poolSize } = readConfig(
    { databaseUrl: serviceSettings.databaseUrl, poolSize: serviceSettings.poolSize },
    environment,
    known,
  );
  const config = readConfig(firstSettings, environment, known);
  const first = await bootstrap({
    openerOf: (name) => opener(name, databaseUrl, poolSize),
    clock: systemClock,
    wakeups: memoryWakeups(),
    config,
  });
  if (first) process.stdout.write(`${first.userName}${first.password === undefined ? "" : ` / ${first.password} (shown once)`}\n`);
}
