import { afterEach, describe, expect, test, vi } from "vitest";
import { needsRedis, needsServer, serverUrl } from "./needs.ts";

afterEach(() => void vi.unstubAllEnvs());

describe("a suite that needs a server", () => {
  test("runs where the run has one", () => {
    vi.stubEnv("SIGNALBOX_TEST_REDIS_URL", "redis://127.0.0.1:1");
    expect(needsRedis()).toBe(describe);
    expect(serverUrl("redis")).toBe("redis://127.0.0.1:1");
  });

  test("is skipped where the run has none", () => {
    vi.stubEnv("SIGNALBOX_TEST_POSTGRES_URL", "");
    expect(needsServer("postgres")).not.toBe(describe);
    expect(serverUrl("postgres")).toBeUndefined();
  });
});
