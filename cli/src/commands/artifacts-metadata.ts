import { randomUUID } from "node:crypto";
import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { LoggedValueSchema } from "@signalbox/gen/signalbox/value/v1/metadata_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { factOf, loggedColumns } from "../output/logged.ts";
import { versionName } from "../output/step-facts.ts";
import { printable } from "../output/width.ts";
import { type ListOptions, printList } from "../pages.ts";
import { aboutOf, type Facts } from "./about.ts";
import { findVersion } from "./artifacts-version.ts";
import { collected, examples } from "./list-options.ts";

/** `artifacts log` and `artifacts history`. */
export function addArtifactsMetadata(artifacts: Command, act: Act): void {
  artifacts
    .command("log <artifact> [version]")
    .description("add metadata to a version of an artifact")
    .requiredOption("--set <key=value>", "a fact; again for more", collected)
    .option("--component <component>", "the stack component that it is about")
    .addHelpText("after", examples('artifacts log penguins 3 --set rows=344 --set source="Palmer station"'))
    .action(
      act<Facts>(async (context, { set, component }, artifact, version) => {
        const values = Object.fromEntries(set.map(factOf));
        const found = await findVersion(context, artifact, version);
        const request = { id: randomUUID(), artifactVersions: [found.id], values, component: await aboutOf(context, component) };
        await context.connect().client(ArtifactVersionService).logMetadata(request);
        context.print(context.options.json ? "{}" : `logged of ${printable(versionName(found))}`);
      }),
    );
  artifacts
    .command("history <artifact> [version]")
    .description("list all metadata that was logged of a version of an artifact, newest first")
    .action(
      act<ListOptions>(async (context, options, artifact, version) => {
        const { id: artifactVersion } = await findVersion(context, artifact, version);
        const { client } = context.connect();
        await printList(context, options, {
          schema: LoggedValueSchema,
          columns: loggedColumns(context.now()),
          nothing: "nothing was logged",
          fetch: async (page) => {
            const { entries, nextPageToken } = await client(ArtifactVersionService).listMetadata({ artifactVersion, ...page });
            return { items: entries, nextPageToken };
          },
        });
      }),
    );
}
