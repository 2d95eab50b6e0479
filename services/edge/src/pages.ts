import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import type { Peers } from "@signalbox/runtime/peers/peers.ts";
import type { Readiness } from "@signalbox/runtime/wire/health.ts";
import { type AnyRequest, pathIn } from "./address.ts";
import type { AnyResponse } from "./unary.ts";

export interface PageNeeds {
  readonly peers: Peers;
  readonly ready: Readiness;
  readonly version: string;
}

interface Page {
  readonly status: number;
  /** What becomes JSON, or its bytes. */
  readonly body: unknown;
}

/** The contract as OpenAPI, read when it is first asked for. */
function openApi(): () => Promise<Page> {
  let text: Promise<Buffer> | undefined;
  return async () => {
    text ??= readFile(fileURLToPath(import.meta.resolve("@signalbox/gen/openapi.json")));
    return { status: 200, body: await text };
  };
}

/** What is served beside the contract: probes, the public keys, the contract as OpenAPI, and a word for those who open the address in a browser. */
export function pages({ peers, ready, version }: PageNeeds): (request: AnyRequest, response: AnyResponse) => boolean {
  const byPath: Readonly<Record<string, () => Page | Promise<Page>>> = {
    "/": () => ({
      status: 200,
      body: { name: "Signalbox", version, health: "/healthz", ready: "/readyz", keys: "/.well-known/jwks.json", contract: "/openapi.json" },
    }),
    "/healthz": () => ({ status: 200, body: { status: "ok" } }),
    "/readyz": async () => {
      const fault = await ready.fault();
      return fault === undefined ? { status: 200, body: { status: "ready" } } : { status: 503, body: { status: "not ready", fault } };
    },
    "/openapi.json": openApi(),
    "/.well-known/jwks.json": async () => {
      const { signingKeys } = await peers(AuthService).listSigningKeys({});
      return { status: 200, body: { keys: signingKeys.map(({ jwk }) => JSON.parse(jwk) as unknown) } };
    },
  };
  return (request, response) => {
    const path = pathIn(request);
    const page = Object.hasOwn(byPath, path) ? byPath[path] : undefined;
    if (!page || (request.method !== "GET" && request.method !== "HEAD")) return false;
    Promise.resolve(page()).then(
      ({ status, body }) => sendJson(request, response, status, body),
      () => sendJson(request, response, 503, { status: "unavailable" }),
    );
    return true;
  };
}

export function sendJson({ method }: AnyRequest, response: AnyResponse, status: number, body: unknown): void {
  response.statusCode = status;
  response.setHeader("content-type", "application/json");
  response.end(method === "HEAD" ? "" : Buffer.isBuffer(body) ? body : JSON.stringify(body));
}
