import { join } from "node:path";
import { parseArgs } from "node:util";
import { type PenguinsOptions, runPenguins } from "@signalbox/example-penguins";
import { readConfig } from "@signalbox/runtime/host/read-config.ts";
import { connect, folderStore, writeProfile } from "@signalbox/sdk";
import { explainStart } from "./explain-start.ts";
import { startOneProcess } from "./one-process.ts";
import { promoteBetter, tellDifferences } from "./quickstart/choose.ts";
import { introduce } from "./quickstart/introduce.ts";
import { followSteps } from "./quickstart/progress.ts";
import { tellOrigin, tellRun } from "./quickstart/story.ts";
import { stopOnSignals } from "./running.ts";
import { clientSettings, oneProcessSettings } from "./settings.ts";
import { version } from "./version.ts";

const project = "demo";
const say = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const { values } = parseArgs({ options: { exit: { type: "boolean", default: false } } });
  const began = performance.now();
  const config = readConfig(oneProcessSettings, { SIGNALBOX_LOG_LEVEL: "error", ...process.env }, { alsoKnown: [clientSettings] });
  const running = await startOneProcess(config);
  stopOnSignals(running, running.log);
  const readyIn = ((performance.now() - began) / 1000).toFixed(1);
  const { url, first } = running;

  say(
    `\nSignalbox ${version} · one process · ${config.databaseUrl ? "database by URL" : "SQLite"} in ${config.data} · ready in ${readyIn} s`,
  );
  say(
    url +
      (first
        ? `   ${first.userName}${first.password ? ` / ${first.password} (shown once; change it with: npx signalbox passwd)` : ""}`
        : ""),
  );

  const apiKey = await introduce({ url, config, project, password: first?.password ?? config.adminPassword });
  await writeProfile("quickstart", { url, apiKey, project });
  const artifactStore = folderStore(process.env.SIGNALBOX_ARTIFACTS ?? join(config.data, "artifacts"));
  const box = await connect({ url, apiKey, project, artifactStore });
  const runOnce = (options: PenguinsOptions = {}) => runPenguins(box, { project, ...options, ...followSteps(say) });
  const tell = (lines: readonly string[]) => {
    for (const line of lines) say(line);
  };

  say("\n1 · A pipeline runs. Each step is recorded with what it read and what it made.");
  const plain = await runOnce();
  tell(await tellRun(box, plain));
  tell(await tellOrigin(box, plain));
  say("\n2 · The same again. Nothing changed, so each step is served from the run before; only the model is registered anew.");
  tell(await tellRun(box, await runOnce()));
  say("\n3 · Once more, with the penguins parted by another seed. What differs from the first run:");
  const other = await runOnce({ seed: 9 });
  tell(await tellDifferences(box, plain, other));
  say("\n4 · Both runs registered a model. The better one goes into production.");
  tell(await promoteBetter(box, plain, other));
  box.close();

  say(`\nnext   npx signalbox runs show ${plain.run.name}`);
  say(`       npx signalbox runs compare ${plain.run.name} ${other.run.name}`);
  say(`       npx signalbox models history ${plain.model.model}`);
  say("       npx signalbox runs watch            (and start another in a second terminal)");
  if (values.exit) {
    await running.stop();
    process.exit(0);
  }
  say("\nServing until Ctrl-C.");
} catch (error) {
  process.stderr.write(`${explainStart(error)}\n`);
  process.exit(1);
}
