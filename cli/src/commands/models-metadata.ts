import { randomUUID } from "node:crypto";
import { ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { LoggedValueSchema } from "@signalbox/gen/signalbox/value/v1/metadata_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { factOf, loggedColumns } from "../output/logged.ts";
import { type ListOptions, printList } from "../pages.ts";
import { aboutOf, type Facts } from "./about.ts";
import { findModelVersion } from "./find-model-version.ts";
import { collected, examples } from "./list-options.ts";

/** `models log` and `models facts`. */
export function addModelsMetadata(models: Command, act: Act): void {
  models
    .command("log <model> <version>")
    .description("add metadata to a version")
    .requiredOption("--set <key=value>", "a fact; again for more", collected)
    .option("--component <component>", "the stack component that it is about")
    .addHelpText("after", examples("models log penguin-classifier @champion --set accuracy=0.97 --set holdout=Torgersen"))
    .action(
      act<Facts>(async (context, { set, component }, model, version) => {
        const { id, called } = await findModelVersion(context, model, version);
        const request = {
          id: randomUUID(),
          modelVersions: [id],
          values: Object.fromEntries(set.map(factOf)),
          component: await aboutOf(context, component),
        };
        await context.connect().client(ModelVersionService).logMetadata(request);
        context.print(context.options.json ? "{}" : `logged of ${called}`);
      }),
    );
  models
    .command("facts <model> [version]")
    .description("list all metadata that was logged of a version, newest first; the latest version where none is named")
    .action(
      act<ListOptions>(async (context, options, model, version = "latest") => {
        const { id: modelVersion } = await findModelVersion(context, model, version);
        await printList(context, options, {
          schema: LoggedValueSchema,
          columns: loggedColumns(context.now()),
          nothing: "nothing was logged",
          fetch: async (page) => {
            const { entries, nextPageToken } = await context
              .connect()
              .client(ModelVersionService)
              .listMetadata({ modelVersion, ...page });
            return { items: entries, nextPageToken };
          },
        });
      }),
    );
}
