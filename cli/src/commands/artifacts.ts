import {
  type Artifact,
  ArtifactSchema,
  type ArtifactVersion,
  ArtifactVersionSchema,
} from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { ArtifactService, ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import type { Context } from "../context.ts";
import { shortDigest } from "../output/step-facts.ts";
import type { Column } from "../output/table.ts";
import { ago, bytes } from "../output/time.ts";
import { type ListOptions, printList } from "../pages.ts";
import { namedProject, projectOf } from "../project.ts";
import { addArtifactsForgetting } from "./artifacts-forget.ts";
import { addArtifactVersions } from "./artifacts-version.ts";
import { examples, withListOptions } from "./list-options.ts";

const artifactColumns = (now: number): readonly Column<Artifact>[] => [
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "LATEST", cell: ({ latestNumber }) => (latestNumber ? String(latestNumber) : "") },
  { heading: "CHANGED", cell: ({ updateTime }) => ago(updateTime, now) },
  { heading: "BY", cell: ({ owner }) => owner?.name ?? "" },
  { heading: "DESCRIPTION", cell: ({ description }) => description },
];

const versionColumns = (now: number): readonly Column<ArtifactVersion>[] => [
  { heading: "VERSION", cell: ({ version }) => version },
  { heading: "CREATED", cell: ({ createTime }) => ago(createTime, now) },
  { heading: "SIZE", cell: ({ sizeBytes }) => (sizeBytes === undefined ? "" : bytes(sizeBytes)) },
  { heading: "ITEMS", cell: ({ itemCount }) => (itemCount === undefined ? "" : String(itemCount)) },
  { heading: "DIGEST", cell: ({ digest }) => shortDigest(digest) },
  { heading: "STEP", cell: ({ producerStep }) => producerStep },
  { heading: "URI", cell: ({ uri }) => uri },
];

/** `artifacts list`, `show`, `update`, `delete` and `prune`. */
export function addArtifacts(program: Command, act: Act): void {
  const artifacts = program.command("artifacts").description("what steps produced");
  withListOptions(artifacts.command("list [artifact]").description("list artifacts, or the versions of one"))
    .addHelpText("after", examples("artifacts list", "artifacts list penguins --json"))
    .action(
      act<ListOptions>((context, options, artifact) =>
        artifact === undefined ? listArtifacts(context, options) : listVersions(context, options, artifact),
      ),
    );
  addArtifactVersions(artifacts, act);
  addArtifactsForgetting(artifacts, act);
}

async function listArtifacts(context: Context, options: ListOptions): Promise<void> {
  const { client } = context.connect();
  await printList(context, options, {
    schema: ArtifactSchema,
    columns: artifactColumns(context.now()),
    nothing: "no artifacts",
    fetch: async (page) => {
      const request = { project: namedProject(context), filter: options.filter ?? "", orderBy: options.order ?? "", ...page };
      const answer = await client(ArtifactService).listArtifacts(request);
      return { items: answer.artifacts, nextPageToken: answer.nextPageToken };
    },
  });
}

async function listVersions(context: Context, options: ListOptions, artifact: string): Promise<void> {
  const { client } = context.connect();
  const project = await projectOf(context, artifact);
  await printList(context, options, {
    schema: ArtifactVersionSchema,
    columns: versionColumns(context.now()),
    nothing: "no versions",
    fetch: async (page) => {
      const request = { project, artifact, filter: options.filter ?? "", orderBy: options.order ?? "", ...page };
      const answer = await client(ArtifactVersionService).listArtifactVersions(request);
      return { items: answer.artifactVersions, nextPageToken: answer.nextPageToken };
    },
  });
}
