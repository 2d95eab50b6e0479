import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { edgeProcessSettings, firstSettings, meshSettings, serviceSettings } from "@signalbox/deploy/settings.ts";
import { serviceNames } from "@signalbox/runtime/contract/services.ts";
import type { Config, Settings } from "@signalbox/runtime/host/config.ts";
import { readConfig } from "@signalbox/runtime/host/read-config.ts";
import { duration } from "@signalbox/runtime/host/setting-forms.ts";
import { kinds } from "@signalbox/test/servers/bring.ts";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { composeSecrets } from "./compose-secrets.ts";
import { root } from "./image.ts";

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly networks: readonly string[];
  readonly ports?: readonly string[];
  readonly read_only?: boolean;
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly healthcheck?: { readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly deploy: { readonly replicas?: number; readonly resources: { readonly limits: Readonly<Record<string, unknown>> } };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
}

const compose = parse(readFileSync(`${root}deploy/compose.yaml`, "utf8"), { merge: true }) as Compose;
const programs = Object.entries(compose.services).filter(([, { image }]) => image.startsWith("signalbox:"));
const replicated = programs.filter(([name]) => name !== "bootstrap");

const scratch = mkdtempSync(join(tmpdir(), "signalbox-compose-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const secrets = composeSecrets();

/** The settings of a program as its container has them, its secrets where they can be read here. */
function configOf<S extends Settings>(name: string, settings: S): Config<S> {
  const { environment = {}, secrets: given = [] } = compose.services[name] as Service;
  const seen = Object.entries(environment).map(([variable, value]) => {
    const text = value.replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1");
    const secret = /^\/run\/secrets\/(\w+)$/.exec(text)?.[1];
    if (secret === undefined) return [variable, text] as const;
    expect(given, `${name} has the secret ${secret}`).toContain(secret);
    const path = join(scratch, secret);
    writeFileSync(path, `${secrets[secret]}\n`);
    return [variable, path] as const;
  });
  return readConfig(settings, Object.fromEntries(seen), { alsoKnown: meshSettings });
}

/** A duration as compose writes it, which is as settings write it. */
const milliseconds = (text: string): number => duration.parse(text);

describe("deploy/compose.yaml", () => {
  test("is what the specification of compose allows", () => {
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
      JSON.parse(readFileSync(new URL("compose-spec.json", import.meta.url), "utf8")),
    );
    validate(compose);
    expect(validate.errors ?? []).toEqual([]);
    // And the specification is one that refuses something.
    expect(validate({ services: { runs: { image: "x", replica: 2 } } })).toBe(false);
  });

  test("runs every service of the contract and the edge, twice", () => {
    expect(replicated.map(([name]) => name).sort()).toEqual([...serviceNames, "edge"].sort());
    for (const [name, { command, deploy }] of replicated) expect([name, command, deploy.replicas]).toEqual([name, [name], 2]);
  });

  test("gives every program settings that it reads", () => {
    for (const name of serviceNames) {
      const config = configOf(name, serviceSettings);
      expect(config.listenHost).toBe("0.0.0.0");
      for (const peer of serviceNames) expect(config[peer]).toBe(`dns:///${peer}:${serviceSettings[peer].fallback?.value.split(":")[1]}`);
      expect(config.databaseUrl).toBe(secrets.database_url);
      expect(config.redisUrl).toBe(secrets.redis_url);
    }
    expect(configOf("edge", edgeProcessSettings)).toMatchObject({ host: "0.0.0.0", port: 8750, trustedProxies: 1 });
    expect(configOf("bootstrap", { ...firstSettings, databaseUrl: serviceSettings.databaseUrl }).adminPassword).toBe(
      secrets.admin_password,
    );
  });

  test("keeps every secret in a file, and gives it only to those who read it", () => {
    const secret = new Set(meshSettings.flatMap((each) => Object.values(each)).flatMap((each) => (each.secret ? [each.env] : [])));
    for (const [name, { environment = {}, secrets: given = [] }] of programs) {
      expect(Object.keys(environment).filter((variable) => secret.has(variable))).toEqual([]);
      const read = Object.values(environment).flatMap((value) => /^\/run\/secrets\/(\w+)$/.exec(value)?.[1] ?? []);
      expect([name, ...[...given].sort()]).toEqual([name, ...read.sort()]);
    }
    expect(Object.keys(compose.secrets).sort()).toEqual(Object.keys(secrets).sort());
    // Neither git nor the image may get hold of them.
    const ignored = execFileSync("git", ["check-ignore", ...Object.values(compose.secrets).map(({ file }) => `deploy/${file}`)], {
      cwd: root,
    });
    expect(ignored.toString().trim().split("\n")).toHaveLength(Object.keys(secrets).length);
  });

  test("stops no program before its calls have had the time that it gives them", () => {
    for (const [name, { stop_grace_period = "10s" }] of replicated) {
      const { drainTime } = configOf(name, name === "edge" ? edgeProcessSettings : serviceSettings);
      expect(milliseconds(stop_grace_period)).toBeGreaterThanOrEqual(drainTime + 5_000);
    }
  });

  test("lets no container write to its image, use the machine without limit, or gain rights", () => {
    for (const [name, service] of Object.entries(compose.services)) {
      expect([name, service.read_only]).toEqual([name, true]);
      expect(Object.keys(service.deploy.resources.limits).sort()).toEqual(["cpus", "memory", "pids"]);
      expect(service).toMatchObject({ security_opt: ["no-new-privileges:true"] });
      expect(service.image).not.toMatch(/(^[^:]+|:latest)$/);
    }
  });

  test("publishes the door and nothing else, on loopback unless told", () => {
    const published = Object.entries(compose.services).filter(([, { ports = [] }]) => ports.length > 0);
    expect(published.map(([name, { ports }]) => [name, ports])).toEqual([["door", [expect.stringMatching(/:-127\.0\.0\.1:8750\}:8750$/)]]]);
    expect(compose.services.door?.networks).toEqual(["front"]);
    expect(compose.networks.data).toEqual({ internal: true });
    for (const name of ["postgres", "redis"]) expect(compose.services[name]?.networks).toEqual(["data"]);
  });

  test("begins in order: the database, what is made once, the programs, the door", () => {
    expect(compose.services.bootstrap).toMatchObject({ restart: "no", depends_on: { postgres: { condition: "service_healthy" } } });
    for (const [, { depends_on }] of replicated)
      expect(depends_on).toMatchObject({
        bootstrap: { condition: "service_completed_successfully" },
        redis: { condition: "service_healthy" },
      });
    expect(compose.services.door?.depends_on).toEqual({ edge: { condition: "service_healthy" } });
  });

  test("has room in the database for the pools of all, on the servers that are tested", () => {
    const { image = "", command = [] } = compose.services.postgres ?? {};
    const most = Number(command.join(" ").match(/max_connections=(\d+)/)?.[1]);
    const pools = serviceNames.map((name) => configOf(name, serviceSettings).poolSize * (compose.services[name]?.deploy.replicas ?? 1));
    expect(pools.reduce((sum, size) => sum + size, 0) + 20).toBeLessThanOrEqual(most);
    expect([image, compose.services.redis?.image]).toEqual([kinds.postgres.image, kinds.redis.image]);
  });
});
