import { ArtifactType, VisualizationType } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import {
  ArtifactService,
  ArtifactVersionService,
  type UpdateArtifactVersionRequest,
} from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import {
  CuratedVisualizationService,
  VisualizationService,
  VisualizationWidth,
} from "@signalbox/gen/signalbox/artifacts/v1/visualization_pb.ts";
import { ResourceKind } from "@signalbox/gen/signalbox/value/v1/resource_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aVersion, id } from "./demo.ts";
import { type FakeServer, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: Record<string, string>;
const asked: unknown[] = [];
let updated: UpdateArtifactVersionRequest | undefined;

beforeAll(async () => {
  server = await startServer(({ service }) => {
    service(ArtifactVersionService, {
      findArtifactVersion: async ({ artifact, version }) => ({
        artifactVersion: aVersion({ id: id(20), artifactName: artifact, version, number: 3, type: ArtifactType.MODEL, uri: "s3://b/k" }),
      }),
      deleteArtifactVersion: async ({ artifactVersion }) => {
        asked.push(artifactVersion);
        return {};
      },
      pruneArtifactVersions: async ({ dryRun, createdBefore, project }) => {
        asked.push(project);
        return { versionCount: createdBefore ? 3n : 5n, artifactCount: 1n, finished: dryRun };
      },
      updateArtifactVersion: async (request) => {
        updated = request;
        return { artifactVersion: aVersion({ artifactName: "weights", version: request.version || "3" }) };
      },
    });
    service(ArtifactService, {
      deleteArtifact: async ({ artifact, withVersions }) => {
        asked.push([artifact, withVersions]);
        return {};
      },
    });
    service(VisualizationService, {
      createVisualization: async ({ artifactVersion, type, uri }) => {
        asked.push([artifactVersion, type, uri]);
        return {};
      },
    });
    service(CuratedVisualizationService, {
      createCuratedVisualization: async ({ visualization, resourceKind, resource, position, width }) => {
        asked.push([visualization, resourceKind, resource, position, width]);
        return {};
      },
      listCuratedVisualizations: async () => ({
        curatedVisualizations: [{ id: id(40), displayName: "Report", resourceKind: ResourceKind.MODEL, resource: id(41), position: 0 }],
      }),
      deleteCuratedVisualization: async ({ curatedVisualization }) => {
        asked.push(curatedVisualization);
        return {};
      },
    });
  });
  env = { ...(await emptyHome()), SIGNALBOX_URL: server.url, SIGNALBOX_API_KEY: "sbk_1", SIGNALBOX_PROJECT: "demo" };
});
afterAll(() => server.close());

test("a version is shown with what is known of it", async () => {
  const { code, out } = await runCli(["artifacts", "show", "weights", "best"], { env });
  expect(code).toBe(0);
  expect(out).toContain("weights 3 · best · model · ");
  expect(out).toContain("  uri s3://b/k\n");
});

test("a version is renamed, described, and called by its number again", async () => {
  const update = (...options: string[]) => runCli(["artifacts", "update", "weights", "3", ...options], { env });
  expect(await update("--rename", "best")).toMatchObject({ code: 0, out: "artifact version weights:best updated\n" });
  expect(updated).toMatchObject({ artifactVersion: id(20), version: "best", updateMask: { paths: ["version"] } });
  expect(await update("--rename", "", "--description", "x")).toMatchObject({ out: "artifact version weights:3 updated\n" });
  expect(updated).toMatchObject({ version: "", description: "x", updateMask: { paths: ["version", "description"] } });
  expect(await update()).toMatchObject({ code: 2 });
});

test("versions and artifacts are forgotten, one by one or those that nobody uses", async () => {
  asked.length = 0;
  const artifacts = async (...args: string[]) => (await runCli(["artifacts", ...args], { env })).out;
  expect(await artifacts("delete", "weights", "3")).toBe("artifact version weights:3 deleted\n");
  expect(await artifacts("delete", "weights", "--with-versions")).toBe("artifact weights deleted\n");
  expect(await artifacts("prune", "--dry-run")).toBe("5 versions and 1 artifacts would be forgotten\n");
  expect(await artifacts("prune", "--older-than", "30d")).toBe("3 versions and 1 artifacts were forgotten so far; the server goes on\n");
  expect(asked).toEqual([id(20), ["weights", true], "demo", "demo"]);
});

test("visualizations are added, pinned, listed and taken off", async () => {
  asked.length = 0;
  const run = (...args: string[]) => runCli(["visualizations", ...args], { env });
  expect((await run("add", "weights", "3", "--type", "html", "--uri", "s3://b/k.html")).out).toMatch(
    /^visualization [0-9a-f-]{36} added\n$/,
  );
  const pin = ["pin", id(39), "--to", "model", "--resource", id(41)];
  expect(await run(...pin, "--position", "0", "--width", "half")).toMatchObject({ code: 0 });
  expect((await run("list")).out).toMatch(/Report +model /);
  expect(await run("unpin", id(40))).toMatchObject({ code: 0, out: "visualization taken off\n" });
  expect(await run("pin", id(39), "--to", "step", "--resource", id(41))).toMatchObject({ code: 2 });
  expect(asked).toEqual([
    [id(20), VisualizationType.HTML, "s3://b/k.html"],
    [id(39), ResourceKind.MODEL, id(41), 0, VisualizationWidth.HALF],
    id(40),
  ]);
});
