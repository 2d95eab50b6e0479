import { ArtifactType } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { ArtifactVersionService, type UpdateArtifactVersionRequest } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aVersion, id } from "./demo.ts";
import { type FakeServer, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: Record<string, string>;
let updated: UpdateArtifactVersionRequest | undefined;

beforeAll(async () => {
  server = await startServer(({ service }) => {
    service(ArtifactVersionService, {
      findArtifactVersion: async ({ artifact, version }) => ({
        artifactVersion: aVersion({ id: id(20), artifactName: artifact, version, number: 3, type: ArtifactType.MODEL, uri: "s3://b/k" }),
      }),
      updateArtifactVersion: async (request) => {
        updated = request;
        return { artifactVersion: aVersion({ artifactName: "weights", version: request.version || "3" }) };
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
