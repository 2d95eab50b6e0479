import { createServer } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { bringServers } from "./bring.ts";

const never = new AbortController().signal;
afterEach(() => vi.unstubAllEnvs());

/** Something that answers every command as Redis answers PING. */
async function answering(): Promise<{ url: string; close: () => void }> {
  const server = createServer((socket) => socket.on("data", () => socket.write("+PONG\r\n")));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (!address || typeof address === "string") throw new Error("no port");
  return { url: `redis://127.0.0.1:${address.port}/3`, close: () => server.close() };
}

describe("servers for the tests", () => {
  test("a URL in the environment is used as it is, and nothing is started", async () => {
    const { url, close } = await answering();
    vi.stubEnv("SIGNALBOX_TEST_REDIS_URL", url);
    const servers = await bringServers(["redis"], never, () => {});
    expect(servers.map((server) => ({ url: server.url, from: server.from }))).toEqual([{ url, from: "SIGNALBOX_TEST_REDIS_URL" }]);
    await servers[0]?.stop();
    close();
  });

  test("a URL at which nothing answers is a failure that names the variable", async () => {
    const { url, close } = await answering();
    close();
    vi.stubEnv("SIGNALBOX_TEST_REDIS_URL", url);
    await expect(bringServers(["redis"], never, () => {})).rejects.toThrow(
      /^SIGNALBOX_TEST_REDIS_URL is set, but no Redis answers there: .*ECONNREFUSED/,
    );
  });

  test("a run that was ended before it began brings nothing", async () => {
    vi.stubEnv("SIGNALBOX_TEST_REDIS_URL", "");
    await expect(bringServers(["redis"], AbortSignal.abort(new Error("ended")), () => {})).rejects.toThrow("ended");
  });
});
