import {
  GetModelVersionOriginsResponseSchema,
  type LineageArtifact,
  LineageService,
} from "@signalbox/gen/signalbox/runs/v1/lineage_service_pb.ts";
import { type Run, StatusSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { jsonText } from "../context.ts";
import { versionName } from "../output/step-facts.ts";
import { type Column, tableWriter } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { word } from "../output/words.ts";
import { findModelVersion } from "./find-model-version.ts";
import { examples } from "./list-options.ts";

const maxHops = 50;

/** `models origins` */
export function addModelsOrigins(models: Command, act: Act): void {
  models
    .command("origins <model> [version]")
    .description("show the runs, the data and the code behind a version")
    .addHelpText("after", examples("models origins penguin-classifier @champion"))
    .action(
      act(async (context, _options, model, version = "latest") => {
        const { id: modelVersion, called } = await findModelVersion(context, model, version);
        const found = await context.connect().client(LineageService).getModelVersionOrigins({ modelVersion, maxHops });
        if (context.options.json) return context.print(jsonText(GetModelVersionOriginsResponseSchema, found));
        const codes = new Map(found.code.map(({ snapshot, code }) => [snapshot, code]));
        const runs: Column<Run>[] = [
          { heading: "RUN", cell: ({ name }) => name },
          { heading: "PIPELINE", cell: ({ pipelineName }) => pipelineName },
          { heading: "STATUS", cell: ({ status }) => word(StatusSchema, status) },
          { heading: "CREATED", cell: ({ createTime }) => ago(createTime, context.now()) },
          { heading: "BY", cell: ({ owner }) => owner?.name ?? "" },
          { heading: "COMMIT", cell: ({ snapshot }) => codes.get(snapshot)?.commit.slice(0, 12) ?? "" },
        ];
        const makers = new Map(
          found.steps.flatMap(({ name, runName, outputs }) => outputs.map((each) => [each.artifactVersion, `${name} of ${runName}`])),
        );
        const artifacts: Column<LineageArtifact>[] = [
          { heading: "ARTIFACT", cell: (each) => (each.artifactName ? versionName(each) : each.artifactVersion) },
          { heading: "MADE BY", cell: ({ artifactVersion }) => makers.get(artifactVersion) ?? "" },
          { heading: "WHERE", cell: ({ uri }) => uri },
        ];
        context.print(`${called} comes from`, "");
        if (found.runs.length > 0) context.print(...tableWriter(runs, context.paint).rows(found.runs), "");
        if (found.artifacts.length > 0) context.print(...tableWriter(artifacts, context.paint).rows(found.artifacts));
        if (found.runs.length + found.artifacts.length === 0) context.print("nothing that you may see");
        if (found.truncated) context.print("", "and more");
      }),
    );
}
