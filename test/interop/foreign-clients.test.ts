import { execFile } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type ClientReadableStream, credentials, Metadata, makeGenericClientConstructor, type ServiceError, status } from "@grpc/grpc-js";
import { ErrorInfoSchema } from "@signalbox/gen/google/rpc/error_details_pb.ts";
import {
  HealthCheckRequestSchema,
  HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus as Serving,
} from "@signalbox/gen/grpc/health/v1/health_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Mesh, startMesh } from "../src/mesh.ts";
import { needsRedis, serverUrl } from "../src/needs.ts";
import { enter, workspace } from "../src/scene.ts";

const bin = fileURLToPath(new URL("../../node_modules/.bin/", import.meta.url));
const run = promisify(execFile);

/** A method as bytes: what any client of gRPC does with any descriptors. */
function rawClient(address: string) {
  const bytes = (value: Buffer) => value;
  const raw = (path: string, responseStream = false) => ({
    path,
    requestStream: false,
    responseStream,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  });
  const Raw = makeGenericClientConstructor(
    {
      listProjects: raw("/signalbox.registry.v1.ProjectService/ListProjects"),
      getProject: raw("/signalbox.registry.v1.ProjectService/GetProject"),
      watchRuns: raw("/signalbox.runs.v1.RunService/WatchRuns", true),
      check: raw("/grpc.health.v1.Health/Check"),
    },
    "Raw",
  );
  return new Raw(address, credentials.createInsecure());
}

type Done = (error: ServiceError | null, answer: Buffer) => void;
type RawCall = (request: Buffer, metadata: Metadata, done: Done) => void;

const call = (client: ReturnType<typeof rawClient>, name: string, request: Uint8Array, metadata = new Metadata()): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    (client[name] as unknown as RawCall).call(client, Buffer.from(request), metadata, (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
  });

const suite = dialects.includes("postgres") ? needsRedis() : describe.skip;

suite("clients that are not ours", () => {
  let mesh: Mesh;
  let token: string;
  let metadata: Metadata;
  let edge: string;
  let registry: string;

  beforeAll(async () => {
    mesh = await startMesh({ dialect: "postgres", redisUrl: serverUrl("redis") ?? "" });
    token = await enter(mesh, mesh.admin, workspace);
    await mesh.client(ProjectService, token).createProject({ name: "foreign", displayName: "Ärger & Œuvre" });
    metadata = new Metadata();
    metadata.set("authorization", `Bearer ${token}`);
    edge = new URL(mesh.url).host;
    registry = mesh.addresses.registry ?? "";
  }, 120_000);
  afterAll(() => mesh?.close());

  async function bufCurl(at: string, protocol: string, method: string, data: unknown, ...more: string[]): Promise<string> {
    const { stdout } = await run(`${bin}buf`, [
      ...["curl", "--protocol", protocol, ...(protocol === "connect" ? [] : ["--http2-prior-knowledge"])],
      ...["-H", `Authorization: Bearer ${token}`, "-d", JSON.stringify(data), ...more, `${at}/${method}`],
    ]);
    return stdout;
  }

  describe("buf curl, which knows the contract by reflection only", () => {
    test.each(["grpc", "grpcweb", "connect"])("lists projects at the edge over %s", async (protocol) => {
      // Reflection itself is a stream in both directions, which needs HTTP/2 whatever the call speaks.
      const text = await bufCurl(
        mesh.url,
        protocol,
        "signalbox.registry.v1.ProjectService/ListProjects",
        {},
        ...(protocol === "connect" ? ["--http2-prior-knowledge"] : []),
      );
      expect(JSON.parse(text)).toMatchObject({ projects: [{ name: "foreign", displayName: "Ärger & Œuvre" }] });
    });

    test("lists projects at the service itself over gRPC", async () => {
      const text = await bufCurl(`http://${registry}`, "grpc", "signalbox.registry.v1.ProjectService/ListProjects", {});
      expect(JSON.parse(text)).toMatchObject({ projects: [{ name: "foreign" }] });
    });

    test("lists what the edge answers, every service of the contract and none that is internal", async () => {
      const { stdout } = await run(`${bin}buf`, ["curl", "--http2-prior-knowledge", "--list-services", mesh.url]);
      const services = stdout.trim().split("\n");
      expect(services).toEqual(
        expect.arrayContaining(["signalbox.runs.v1.RunService", "signalbox.identity.v1.AuthService", "grpc.health.v1.Health"]),
      );
      expect(services).not.toContain("signalbox.events.v1.EventService");
    });

    test("shows the reason of a refusal", async () => {
      const failed = await bufCurl(mesh.url, "grpc", "signalbox.registry.v1.ProjectService/GetProject", { project: "none" }).catch(
        (error: { stderr: string }) => error.stderr,
      );
      const { code, details } = JSON.parse(failed) as { code: string; details: { type: string; value: string }[] };
      expect([code, details[0]?.type]).toEqual(["not_found", "google.rpc.ErrorInfo"]);
      expect(fromBinary(ErrorInfoSchema, Buffer.from(details[0]?.value ?? "", "base64"))).toMatchObject({
        reason: "NOT_FOUND",
        domain: "signalbox",
      });
    });
  });

  describe("plain curl", () => {
    const curl = async (...args: string[]) => (await run("curl", ["-sS", ...args])).stdout;
    const auth = () => ["-H", `Authorization: Bearer ${token}`];

    test("posts JSON over HTTP/1.1 and HTTP/2", async () => {
      for (const version of ["--http1.1", "--http2-prior-knowledge"]) {
        const text = await curl(
          version,
          ...auth(),
          "-H",
          "Content-Type: application/json",
          "-d",
          "{}",
          `${mesh.url}/signalbox.registry.v1.ProjectService/ListProjects`,
        );
        expect(JSON.parse(text)).toMatchObject({ projects: [{ name: "foreign" }] });
      }
    });

    test("reads by GET, with the request in the query", async () => {
      const query = `encoding=json&message=${encodeURIComponent(JSON.stringify({ project: "foreign" }))}`;
      const text = await curl(...auth(), `${mesh.url}/signalbox.registry.v1.ProjectService/GetProject?${query}`);
      expect(JSON.parse(text)).toMatchObject({ project: { name: "foreign" } });
    });

    test("is told what is wrong, in JSON", async () => {
      const text = await curl(
        "-H",
        "Content-Type: application/json",
        "-d",
        '{"projct":"x"}',
        `${mesh.url}/signalbox.registry.v1.ProjectService/GetProject`,
      );
      expect(JSON.parse(text)).toMatchObject({
        code: expect.stringMatching(/unauthenticated|invalid_argument/),
        message: expect.any(String),
      });
      expect(await curl("-o", "/dev/null", "-w", "%{http_code}", `${mesh.url}/no/such`)).toBe("404");
    });

    test("probes without credentials", async () => {
      expect(JSON.parse(await curl(`${mesh.url}/readyz`))).toEqual({ status: "ready" });
      expect(JSON.parse(await curl(`${mesh.url}/.well-known/jwks.json`))).toMatchObject({ keys: [{ kty: expect.any(String) }] });
    });
  });

  describe("@grpc/grpc-js with bare bytes", () => {
    const { listProjects, getProject } = ProjectService.method;

    test.each(["edge", "registry"])("lists projects at %s", async (at) => {
      const client = rawClient(at === "edge" ? edge : registry);
      const answer = await call(
        client,
        "listProjects",
        toBinary(listProjects.input, {
          $typeName: listProjects.input.typeName,
          filter: "",
          orderBy: "",
          pageSize: 0,
          pageToken: "",
          includeTotal: false,
        }),
        metadata,
      );
      expect(fromBinary(listProjects.output, answer).projects.map(({ name }) => name)).toEqual(["foreign"]);
      client.close();
    });

    test.each(["edge", "registry"])("hears a status and its details at %s", async (at) => {
      const client = rawClient(at === "edge" ? edge : registry);
      const request = toBinary(getProject.input, { $typeName: getProject.input.typeName, project: "none" });
      await expect(call(client, "getProject", request, metadata)).rejects.toMatchObject({ code: status.NOT_FOUND });
      const failure = (await call(client, "getProject", request, metadata).catch((error: unknown) => error)) as ServiceError;
      expect(failure.metadata.get("grpc-status-details-bin")).toHaveLength(1);
      await expect(call(client, "getProject", request)).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
      client.close();
    });

    test("reads a stream at the edge until it leaves", async () => {
      const client = rawClient(edge);
      type Watch = (request: Buffer, metadata: Metadata) => ClientReadableStream<Buffer>;
      const stream = (client.watchRuns as unknown as Watch).call(client, Buffer.alloc(0), metadata);
      const [first] = (await once(stream, "data")) as [Buffer];
      expect(fromBinary(RunService.method.watchRuns.output, first).cursor).not.toBe("");
      const ended = once(stream, "error");
      stream.cancel();
      expect((await ended)[0]).toMatchObject({ code: status.CANCELLED });
      client.close();
    });

    test.each(["edge", "registry"])("asks %s whether it is well", async (at) => {
      const client = rawClient(at === "edge" ? edge : registry);
      const check = async (service: string) =>
        fromBinary(
          HealthCheckResponseSchema,
          await call(client, "check", toBinary(HealthCheckRequestSchema, { $typeName: "grpc.health.v1.HealthCheckRequest", service })),
        ).status;
      expect(await check("")).toBe(Serving.SERVING);
      expect(await check("signalbox.registry.v1.ProjectService")).toBe(Serving.SERVING);
      await expect(check("no.such.Service")).rejects.toMatchObject({ code: status.NOT_FOUND });
      client.close();
    });
  });
});
