import { type ServiceName, serviceNames } from "@signalbox/runtime/contract/services.ts";
import { readConfig } from "@signalbox/runtime/host/read-config.ts";
import { bootstrapOnce } from "./bootstrap-once.ts";
import { startEdge } from "./edge-process.ts";
import { explainStart } from "./explain-start.ts";
import { stopOnSignals } from "./running.ts";
import { startService } from "./service-process.ts";
import { edgeProcessSettings, meshSettings, serviceSettings } from "./settings.ts";

const [name = ""] = process.argv.slice(2);
const known = { alsoKnown: meshSettings };

try {
  if (name === "bootstrap") await bootstrapOnce(process.env);
  else if (name === "edge" || (serviceNames as readonly string[]).includes(name)) {
    const running =
      name === "edge"
        ? await startEdge(readConfig(edgeProcessSettings, process.env, known))
        : await startService(name as ServiceName, readConfig(serviceSettings, process.env, known));
    stopOnSignals(running, running.log);
    running.log.info({ url: running.url }, "ready");
  } else throw new Error(`say which program to run: edge, bootstrap, ${serviceNames.join(", ")}`);
} catch (error) {
  process.stderr.write(`${name ? `${name}: ` : ""}${explainStart(error)}\n`);
  process.exit(1);
}
