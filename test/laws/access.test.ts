import type { DescMethod, Message } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { accessOf, auditOf, isRead, nameOf, permissionOf } from "@signalbox/runtime/contract/policy-of.ts";
import { everyService, ownerOf, planeOf } from "@signalbox/runtime/contract/services.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Plane, startPlane } from "../src/plane.ts";
import { type Known, sampleRequest } from "../src/sample.ts";
import { elsewhere, enter, oneOfEverything, type Person, person, workspace } from "../src/scene.ts";

const methods = everyService.flatMap((service) => service.methods);
const internal = methods.filter((method) => accessOf(method).rule.case === "internal");
const closed = methods.filter((method) => !["public", "internal"].includes(accessOf(method).rule.case ?? ""));
const wires = ["connect", "grpc"] as const;

/** What a call was answered: its status, or undefined where it was done. Streams are left after their first message. */
async function answer(
  plane: Plane,
  method: DescMethod,
  request: Message,
  token: string | undefined,
  wire: (typeof wires)[number] = "connect",
): Promise<ConnectError | undefined> {
  const client = plane.client(method.parent, token, wire) as unknown as Record<string, (input: unknown, options: object) => unknown>;
  const ended = new AbortController();
  try {
    const call = client[method.localName] as NonNullable<(typeof client)[string]>;
    if (method.methodKind === "unary") await call(request, { timeoutMs: 10_000 });
    else {
      const input =
        method.methodKind === "bidi_streaming"
          ? (async function* () {
              yield request;
            })()
          : request;
      for await (const _ of call(input, { signal: ended.signal, timeoutMs: 10_000 }) as AsyncIterable<unknown>) break;
    }
    return undefined;
  } catch (error) {
    return ConnectError.from(error);
  } finally {
    ended.abort();
  }
}

const label = (method: DescMethod) => nameOf(method).replace("signalbox.", "");
const isOfWorkspace = (method: DescMethod) => planeOf[ownerOf(method.parent)] === "workspace";

// Access does not depend on the database; one is enough, and the first of those that were asked for is it.
describe.each(dialects.slice(0, 1))("on %s", (dialect) => {
  let plane: Plane;
  let known: Known;
  let viewer: Person;
  let stranger: Person;
  let foreigner: Person;

  beforeAll(async () => {
    plane = await startPlane(dialect);
    known = await oneOfEverything(plane);
    const other = await elsewhere(plane);
    [viewer, stranger, foreigner] = await Promise.all([
      person(plane, "viewer", "workspace-viewer"),
      person(plane, "stranger", undefined),
      person(plane, "foreigner", "workspace-admin", other.organization, other.workspace),
    ]);
  }, 60_000);
  afterAll(() => plane.close());

  describe.each(wires)("over %s", (wire) => {
    test.each(closed.map((method) => [label(method), method] as const))("%s refuses a call without credentials", async (_, method) => {
      if (wire === "connect" && method.methodKind === "bidi_streaming") return expect(method.methodKind).toBe("bidi_streaming");
      expect((await answer(plane, method, sampleRequest(method), undefined, wire))?.code).toBe(Code.Unauthenticated);
    });

    test.each(internal.map((method) => [label(method), method] as const))("%s does not exist outside, for anybody", async (_, method) => {
      expect((await answer(plane, method, sampleRequest(method), plane.admin, wire))?.code).toBe(Code.Unimplemented);
    });
  });

  const tokenFor = (who: Person, method: DescMethod) => (isOfWorkspace(method) ? who.inWorkspace : who.control);
  const permitted = closed.filter((method) => permissionOf(method) !== undefined);
  const onResource = permitted.filter((method) => ["resource", "project"].includes(permissionOf(method)?.target.case ?? ""));

  test("somebody without a role may not even enter the workspace", async () => {
    const refusal = await enter(plane, stranger.control, workspace).catch((error: unknown) => ConnectError.from(error));
    expect((refusal as ConnectError).code).toBe(Code.NotFound);
  });

  test.each(onResource.map((method) => [label(method), method] as const))(
    "%s tells a foreigner of what exists just what it tells of what does not",
    async (_, method) => {
      const wire = method.methodKind === "bidi_streaming" ? "grpc" : "connect";
      const found = await answer(plane, method, sampleRequest(method, known), tokenFor(foreigner, method), wire);
      const absent = Object.fromEntries(Object.keys(known).map((field) => [field, field === "step" ? "scene" : newUuid()]));
      const lost = await answer(plane, method, sampleRequest(method, absent), tokenFor(foreigner, method), wire);
      expect(found?.code).toBe(Code.NotFound);
      expect(lost?.code).toBe(Code.NotFound);
      const blank = (error: ConnectError | undefined) => error?.rawMessage.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|"\{.*\}"/g, "…");
      expect(blank(found)).toBe(blank(lost));
    },
  );

  const changes = permitted.filter((method) => !isRead(method) || auditOf(method) !== undefined);
  test.each(changes.map((method) => [label(method), method] as const))("%s is refused to somebody who may only look", async (_, method) => {
    const wire = method.methodKind === "bidi_streaming" ? "grpc" : "connect";
    const refusal = await answer(plane, method, sampleRequest(method, known), tokenFor(viewer, method), wire);
    expect([Code.PermissionDenied, Code.NotFound]).toContain(refusal?.code);
  });

  test.each(permitted.map((method) => [label(method), method] as const))("%s refuses a token for the other plane", async (_, method) => {
    const wire = method.methodKind === "bidi_streaming" ? "grpc" : "connect";
    // A control-plane token is exchanged by the edge; the other way there is nothing to exchange.
    const token = isOfWorkspace(method) ? stranger.control : viewer.inWorkspace;
    expect([Code.Unauthenticated, Code.NotFound, Code.InvalidArgument]).toContain(
      (await answer(plane, method, sampleRequest(method, known), token, wire))?.code,
    );
  });
});
