import { painter } from "@signalbox/cli/color";
import { renderComparison } from "@signalbox/cli/comparison";
import type { PenguinsResult } from "@signalbox/example-penguins";
import { Aspect, ComparisonService } from "@signalbox/gen/signalbox/runs/v1/comparison_service_pb.ts";
import type { Box } from "@signalbox/sdk";
import { color } from "./story.ts";

/** What two runs were told to do and what came of it, beside each other. */
export async function tellDifferences({ connection }: Box, ...results: readonly PenguinsResult[]): Promise<readonly string[]> {
  const aspects = [Aspect.PARAMETERS, Aspect.METRICS];
  const answer = await connection.client(ComparisonService).compareRuns({ runs: results.map(({ run }) => run.id), aspects });
  return ["", ...renderComparison(answer, painter(color)).map((line) => `  ${line}`)];
}

/** Moves the better model of two into production, where the one of before makes way for it. */
export async function promoteBetter(box: Box, ...results: readonly [PenguinsResult, PenguinsResult]): Promise<readonly string[]> {
  const [better, other] = [...results].sort((a, b) => b.accuracy - a.accuracy) as [PenguinsResult, PenguinsResult];
  const reason = `accuracy ${better.accuracy.toFixed(3)}, against ${other.accuracy.toFixed(3)} of version ${other.model.number}`;
  const model = box.model(better.model.model);
  await model.setStage(better.model.number, "production", { force: true, reason });
  await model.setAlias("champion", better.model.number);
  const now = await model.version("@champion");
  return ["", `  ${now.model} ${now.number} stands at ${now.stage} and goes by @champion: ${reason}`];
}
