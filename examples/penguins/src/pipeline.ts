import type { Box, Lineage, ModelVersion, StepEvent } from "@signalbox/sdk";
import { accuracyOf, fit, type Weights } from "./fit.ts";
import { clean, loadPenguins, split } from "./penguins.ts";

export interface PenguinsOptions {
  /** The project, by id or name; that of the box where absent. */
  readonly project?: string;
  /** Decides how the penguins are parted. */
  readonly seed?: number;
  /** Whether steps that were computed before are served from there; they are where absent. */
  readonly cache?: boolean;
  /** Is told what happens, as it happens. */
  readonly onProgress?: (event: StepEvent) => void;
  /** Is told the name of the run before its first step. */
  readonly onStart?: (run: { readonly id: string; readonly name: string }) => void;
}

export interface PenguinsResult {
  readonly run: { readonly id: string; readonly name: string };
  readonly tookMs: number;
  readonly steps: number;
  readonly cachedSteps: number;
  /** Which share of the penguins that it never saw the classifier tells right, 0 to 1. */
  readonly accuracy: number;
  readonly model: ModelVersion;
  /** What the model was made from. */
  readonly lineage: Lineage;
}

const epochs = 40;

/** Learns to tell the species of a penguin from its measures: load, clean, split, train twice at once, evaluate, register. */
export async function runPenguins(box: Box, options: PenguinsOptions = {}): Promise<PenguinsResult> {
  const { project, seed = 7, cache = true, onProgress = () => undefined, onStart = () => undefined } = options;
  const begin = performance.now();
  const ended: string[] = [];
  const run = await box.startRun({
    ...(project !== undefined && { project }),
    pipeline: "penguins",
    parameters: { seed },
    cache,
    onEvent(event) {
      if (event.kind === "ended" && !event.retry) ended.push(event.status);
      onProgress(event);
    },
  });
  onStart(run);

  const penguins = await run.step("load", async (step) => {
    const rows = await loadPenguins();
    step.metadata({ summary: `${rows.length} rows` });
    return step.save("penguins", rows, { type: "data" });
  });

  const complete = await run.step("clean", { inputs: { penguins } }, (step) => {
    const rows = step.inputs.penguins.value;
    const kept = clean(rows);
    step.metadata({ summary: `${rows.length - kept.length} incomplete rows dropped` });
    return step.save("clean", kept, { type: "data" });
  });

  const { train, test } = await run.step("split", { inputs: { complete }, parameters: { share: 0.8, seed } }, (step) => {
    const parts = split(step.inputs.complete.value, { share: 0.8, seed });
    step.metadata({ summary: `${parts.train.length} / ${parts.test.length}` });
    return { train: step.save("train", parts.train, { type: "data" }), test: step.save("test", parts.test, { type: "data" }) };
  });

  const trainAt = (rate: number) =>
    run.step(`train rate=${rate}`, { inputs: { train }, parameters: { rate, epochs, seed } }, async (step) => {
      let weights: Weights | undefined;
      for (const epoch of fit(step.inputs.train.value, { rate, epochs, seed })) {
        step.metric("loss", epoch.loss, epoch.epoch);
        weights = epoch.weights;
        await step.room();
      }
      step.metadata({ summary: `epoch ${epochs}/${epochs}` });
      return step.save("weights", weights as Weights, { type: "model", metadata: { rate } });
    });
  const [fast, slow] = await Promise.all([trainAt(0.1), trainAt(0.01)]);

  const evaluation = await run.step("evaluate", { inputs: { test, fast, slow } }, (step) => {
    const { test, fast, slow } = step.inputs;
    const accuracies = { fast: accuracyOf(fast.value, test.value), slow: accuracyOf(slow.value, test.value) };
    const best: "fast" | "slow" = accuracies.fast >= accuracies.slow ? "fast" : "slow";
    step.metric("accuracy", accuracies[best]);
    return step.save("evaluation", { best, accuracies }, { type: "analysis" });
  });

  const { best, accuracies } = await evaluation.load();
  const weights = best === "fast" ? fast : slow;
  const accuracy = accuracies[best];

  // Registering changes the world, so it is done each time.
  let model: ModelVersion | undefined;
  await run.step("register", { inputs: { weights, evaluation }, cache: false }, async (step) => {
    model = await run.registerModel({
      name: "penguin-classifier",
      artifacts: { weights },
      metadata: { accuracy },
      stage: "staging",
      force: true,
    });
    step.metadata({ summary: `model ${model.model} ${model.number} → ${model.stage}` });
  });
  await run.finish();
  if (!model) throw new Error("the model was not registered");

  return {
    run: { id: run.id, name: run.name },
    tookMs: performance.now() - begin,
    steps: ended.length,
    cachedSteps: ended.filter((status) => status === "cached").length,
    accuracy,
    model,
    lineage: await box.lineage(weights),
  };
}
