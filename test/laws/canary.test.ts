import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { afterEach, expect, test } from "vitest";
import { canaries } from "../src/canaries.ts";
import { dumpFolder, dumpPostgres, dumpRedis } from "../src/dumps.ts";
import { startMesh } from "../src/mesh.ts";
import { needsServer, serverUrl } from "../src/needs.ts";
import { adminPassword } from "../src/plane.ts";
import { startPlaneApart } from "../src/plane-apart.ts";
import { bytesOf, type Receiver, startReceiver } from "../src/receiver.ts";
import { useSecrets } from "../src/secrets-in-use.ts";

const opened: { close(): Promise<void> }[] = [];
const keepOpen = <T extends { close(): Promise<void> }>(each: T): T => {
  opened.push(each);
  return each;
};
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

/** Where spans go, where credentials come from, and the birds. */
async function aviary() {
  const birds = canaries();
  birds.keep("admin-password", adminPassword);
  const bearer = birds.make("issued-bearer");
  const spans = keepOpen(await startReceiver());
  // It refuses what it does not like with everything that it was told, as some do.
  const tokens = keepOpen(
    await startReceiver(({ body, authorization }) => {
      const told = body.toString() + Buffer.from(authorization.replace(/^Basic /, ""), "base64").toString();
      return told.includes("refused-connector-secret")
        ? { status: 401, body: JSON.stringify({ error: "invalid_client", error_description: told }) }
        : { status: 200, body: JSON.stringify({ access_token: bearer, token_type: "Bearer", expires_in: 3600 }) };
    }),
  );
  const environment = { SIGNALBOX_LOG_LEVEL: "debug", OTEL_EXPORTER_OTLP_ENDPOINT: spans.url };
  return { birds, spans, tokens, environment };
}

function expectSpans(spans: Receiver): Buffer {
  const received = bytesOf(spans);
  for (const text of ["signalbox.credentials.v1.SecretService", "select "]) expect(received.includes(text), text).toBe(true);
  return received;
}

test("no secret is found where it does not belong: one process on SQLite", async () => {
  const { birds, spans, tokens, environment } = await aviary();
  const plane = keepOpen(await startPlaneApart(environment));
  const said = await useSecrets({ plane, birds, tokenUrl: tokens.url });
  expect(birds.foundIn(bytesOf(tokens)), "where they belong").toContain("connector-secret");
  await sleep(1_500);
  await plane.program.stop();

  expect(birds.foundIn(said.join("\n")), "what failures said").toEqual([]);
  expect(plane.program.output()).toContain("call refused");
  expect(birds.foundIn(plane.program.output()), "the log").toEqual([]);
  expect(birds.foundIn(expectSpans(spans)), "the spans").toEqual([]);
  const files = dumpFolder(plane.folder);
  expect(files.includes("SecretService/CreateSecret"), "the audit log").toBe(true);
  expect(birds.foundIn(files), "the data folder").toEqual([]);
}, 60_000);

needsServer("postgres")("in a mesh on PostgreSQL", () => {
  needsServer("redis")("with Redis", () => {
    test("no secret is found where it does not belong", async () => {
      const { birds, spans, tokens, environment } = await aviary();
      const redisUrl = serverUrl("redis") ?? "";
      const mesh = keepOpen(await startMesh({ dialect: "postgres", redisUrl, environment }));
      const said = await useSecrets({ plane: mesh, birds, tokenUrl: tokens.url });
      expect(birds.foundIn(bytesOf(tokens)), "where they belong").toContain("connector-secret");
      const redis = await dumpRedis(redisUrl);
      await sleep(1_500);
      const database = await dumpPostgres(mesh.environment.SIGNALBOX_DATABASE_URL ?? "");
      opened.splice(opened.indexOf(mesh), 1);
      await mesh.close();

      expect(birds.foundIn(said.join("\n")), "what failures said").toEqual([]);
      expect(mesh.output()).toContain("call refused");
      expect(birds.foundIn(mesh.output()), "the log").toEqual([]);
      expect(birds.foundIn(expectSpans(spans)), "the spans").toEqual([]);
      expect(database).toContain("SecretService/CreateSecret");
      expect(birds.foundIn(database), "the database").toEqual([]);
      expect(redis.length).toBeGreaterThan(0);
      expect(birds.foundIn(redis), "Redis").toEqual([]);
    }, 90_000);
  });
});
