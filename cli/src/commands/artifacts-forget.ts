import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  ArtifactService,
  ArtifactVersionService,
  PruneArtifactVersionsResponseSchema,
} from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed, parseSpan } from "../arguments.ts";
import { jsonText } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import { versionName } from "../output/step-facts.ts";
import { printable } from "../output/width.ts";
import { namedProject, projectOf } from "../project.ts";
import { findVersion } from "./artifacts-version.ts";
import { examples } from "./list-options.ts";

interface Pruning {
  readonly dryRun?: boolean;
  readonly versionsOnly?: boolean;
  readonly olderThan?: number;
}

/** `artifacts delete` and `artifacts prune`. */
export function addArtifactsForgetting(artifacts: Command, act: Act): void {
  artifacts
    .command("delete <artifact> [version]")
    .description("forget a version of an artifact, or the artifact with its versions; the data itself is left alone")
    .option("--with-versions", "versions that steps consumed go with their artifact, too")
    .addHelpText("after", examples("artifacts delete penguins 3", "artifacts delete penguins --with-versions"))
    .action(
      act<{ withVersions?: boolean }>(async (context, { withVersions = false }, artifact, version) => {
        const { client } = context.connect();
        const reference = needed(artifact, "the artifact");
        const done = (what: string) => context.print(context.options.json ? "{}" : `${what} deleted`);
        if (version === undefined) {
          await client(ArtifactService).deleteArtifact({ artifact: reference, project: await projectOf(context, reference), withVersions });
          return done(`artifact ${printable(reference)}`);
        }
        const found = await findVersion(context, reference, version);
        await client(ArtifactVersionService).deleteArtifactVersion({ artifactVersion: found.id });
        done(`artifact version ${printable(versionName(found))}`);
      }),
    );
  artifacts
    .command("prune")
    .description("forget the versions of a project that no run uses and no model consists of, and artifacts without versions")
    .option("--older-than <span>", 'only what was created so long ago, such as "30d"; an hour where not said', parseSpan)
    .option("--versions-only", "artifacts stay")
    .option("--dry-run", "say how many, and forget nothing")
    .addHelpText("after", examples("artifacts prune --dry-run", "artifacts prune --older-than 30d"))
    .action(
      act<Pruning>(async (context, { dryRun = false, versionsOnly = false, olderThan }) => {
        const project = namedProject(context);
        if (project === "") throw wrongUsage("no project is named", "--project with its name");
        const before = olderThan === undefined ? {} : { createdBefore: timestampFromMs(context.now() - olderThan * 1000) };
        const request = { project, dryRun, versionsOnly, ...before };
        const answer = await context.connect().client(ArtifactVersionService).pruneArtifactVersions(request);
        const { versionCount, artifactCount, finished } = answer;
        if (context.options.json) return context.print(jsonText(PruneArtifactVersionsResponseSchema, answer));
        const gone = `${versionCount} versions and ${artifactCount} artifacts ${dryRun ? "would be" : "were"} forgotten`;
        context.print(finished ? gone : `${gone} so far; the server goes on`);
      }),
    );
}
