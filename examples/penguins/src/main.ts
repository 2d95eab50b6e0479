import { connect } from "@signalbox/sdk";
import { runPenguins } from "./pipeline.ts";

const box = await connect();
const { run, model, accuracy, cachedSteps, steps } = await runPenguins(box, {
  onProgress(event) {
    if (event.kind === "ended") console.log(`${event.status.padEnd(9)} ${event.step}  ${event.metadata.summary ?? ""}`);
  },
});
console.log(
  `run ${run.name}: ${model.model} ${model.number} at ${model.stage}, accuracy ${accuracy.toFixed(3)}; ${cachedSteps} of ${steps} steps cached`,
);
box.close();
