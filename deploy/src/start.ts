import { readConfig } from "@signalbox/runtime/host/read-config.ts";
import { explainStart } from "./explain-start.ts";
import { startOneProcess } from "./one-process.ts";
import { stopOnSignals } from "./running.ts";
import { clientSettings, oneProcessSettings } from "./settings.ts";
import { version } from "./version.ts";

try {
  const began = performance.now();
  const config = readConfig(oneProcessSettings, process.env, { alsoKnown: [clientSettings] });
  const running = await startOneProcess(config);
  stopOnSignals(running, running.log);
  const { url, first } = running;
  running.log.info({ url, version, ms: Math.round(performance.now() - began) }, "ready");
  if (first) {
    const password = first.password ? ` / ${first.password} (shown once; change it with: npx signalbox passwd)` : "";
    process.stderr.write(`${url}   ${first.userName}${password}\n`);
  }
} catch (error) {
  process.stderr.write(`${explainStart(error)}\n`);
  process.exit(1);
}
