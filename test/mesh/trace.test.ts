import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { beforeAll, describe, expect, test } from "vitest";
import { startMesh } from "../src/mesh.ts";
import { needsRedis, serverUrl } from "../src/needs.ts";
import { startReceiver } from "../src/receiver.ts";
import { enter, workspace } from "../src/scene.ts";
import { type CollectedSeries, type CollectedSpan, readTelemetry } from "../src/telemetry.ts";

const suite = dialects.includes("postgres") ? needsRedis() : describe.skip;
const method = "signalbox.registry.v1.ProjectService/ListProjects";

suite("telemetry of a mesh", () => {
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const callerSpan = "00f067aa0ba902b7";
  let spans: readonly CollectedSpan[];
  let series: readonly CollectedSeries[];
  let output: string;

  beforeAll(async () => {
    const collector = await startReceiver();
    const mesh = await startMesh({
      dialect: "postgres",
      redisUrl: serverUrl("redis") ?? "",
      environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, SIGNALBOX_LOG_LEVEL: "debug" },
    });
    const token = await enter(mesh, mesh.admin, workspace);
    const projects = mesh.client(ProjectService, token);
    await projects.createProject({ name: "traced" });
    // What a program asks the database once is not asked in the call that is traced.
    await projects.listProjects({});
    const answer = await fetch(`${mesh.url}/${method}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${token}`,
        traceparent: `00-${traceId}-${callerSpan}-01`,
      },
      body: "{}",
    });
    expect(answer.status).toBe(200);
    const unsampled = await fetch(`${mesh.url}/${method}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${token}`,
        traceparent: `00-${"1".repeat(32)}-${callerSpan}-00`,
      },
      body: "{}",
    });
    expect(unsampled.status).toBe(200);
    const refused = await mesh.client(ProjectService).listProjects({}).catch(String);
    expect(refused).toMatch(/credentials/);
    // Programs send what is left when they end.
    await mesh.close();
    await collector.close();
    ({ spans, series } = readTelemetry(collector.received));
    output = mesh.output();
  }, 120_000);

  const ofTrace = () => spans.filter((span) => span.traceId === traceId);
  const childrenOf = (parent: CollectedSpan | undefined) => ofTrace().filter(({ parentSpanId }) => parentSpanId === parent?.spanId);

  test("one trace leads from the caller through the edge and the service to the statement", () => {
    const edge = ofTrace().find(({ parentSpanId }) => parentSpanId === callerSpan);
    expect(edge).toMatchObject({ program: "edge", name: method, kind: 2 });
    const onward = childrenOf(edge).find(({ program, kind }) => program === "edge" && kind === 3);
    expect(onward?.name).toBe(method);
    const served = childrenOf(onward).find(({ program }) => program === "registry");
    expect(served).toMatchObject({ name: method, kind: 2 });
    const statements = childrenOf(served).filter(({ attributes }) => "db.query.text" in attributes);
    expect(statements.map(({ name }) => name)).toContain("select");
    expect(String(statements[0]?.attributes["db.query.text"])).toMatch(/registry_project.*\$1/s);
  });

  test("nothing of the trace stands apart, and values are not in it", () => {
    const known = new Set([callerSpan, ...ofTrace().map(({ spanId }) => spanId)]);
    expect(ofTrace().filter(({ parentSpanId }) => !known.has(parentSpanId ?? ""))).toEqual([]);
    expect(JSON.stringify(spans)).not.toContain('traced"');
    expect(JSON.stringify(spans)).not.toMatch(/eyJ/);
  });

  test("a caller's wish not to be traced is kept", () => {
    expect(spans.some((span) => span.traceId === "1".repeat(32))).toBe(false);
  });

  test("log lines of the call carry the trace", () => {
    const lines = output.split("\n").filter((line) => line.includes(traceId));
    expect(new Set(lines.map((line) => (JSON.parse(line) as { service: string }).service))).toEqual(new Set(["edge", "registry"]));
  });

  test("rate, errors and durations are exported for every method, on both sides of the edge", () => {
    const durations = series.filter(({ name, attributes }) => name === "rpc.server.duration" && attributes["rpc.method"] === method);
    const counts = Object.fromEntries(
      durations.map(({ program, count, attributes }) => [
        `${program} ${attributes["rpc.wire"]} ${attributes["rpc.response.status_code"]}`,
        count,
      ]),
    );
    expect(counts).toMatchObject({ "edge connect OK": 3, "edge connect UNAUTHENTICATED": 1, "registry grpc OK": 3 });
    const programs = new Set(series.filter(({ name }) => name === "rpc.server.duration").map(({ program }) => program));
    for (const program of ["edge", "identity", "rbac", "registry"]) expect(programs).toContain(program);
  });
});
