import type { DescMethod } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { AuditService } from "@signalbox/gen/signalbox/audit/v1/audit_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { accessOf, nameOf, permissionOf } from "@signalbox/runtime/contract/policy-of.ts";
import { everyService, ownerOf, planeOf } from "@signalbox/runtime/contract/services.ts";
import { permissionName, readerOf } from "@signalbox/runtime/policy/catalogue.ts";
import { roleById } from "@signalbox/runtime/policy/roles.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answer, outcome, told, wireFor } from "../src/answer.ts";
import { type Plane, startPlane } from "../src/plane.ts";
import { type Known, sampleRequest } from "../src/sample.ts";
import { elsewhere, enter, oneOfEverything, type Person, person, workspace } from "../src/scene.ts";

const methods = everyService.flatMap((service) => service.methods);
const ruleOf = (method: DescMethod) => accessOf(method).rule.case;
const internal = methods.filter((method) => ruleOf(method) === "internal");
const closed = methods.filter((method) => !["public", "internal"].includes(ruleOf(method) ?? ""));
const permitted = closed.filter((method) => permissionOf(method) !== undefined);
const targetOf = (method: DescMethod) => permissionOf(method)?.target.case;
const aimed = permitted.filter((method) => ["resource", "project"].includes(targetOf(method) ?? ""));
const bounded = permitted.filter((method) => targetOf(method) === "scope");

const label = (method: DescMethod) => nameOf(method).replace("signalbox.", "");
const byName = (list: readonly DescMethod[]) => list.map((method) => [label(method), method] as const);
const isOfWorkspace = (method: DescMethod) => planeOf[ownerOf(method.parent)] === "workspace";
const tokenFor = (who: Person, method: DescMethod) => (isOfWorkspace(method) ? who.inWorkspace : who.control);

/** What somebody is told who only has the role of a viewer: what hides from them is not found. */
function refusalForViewer(method: DescMethod): string | undefined {
  const permission = permissionOf(method);
  const may = roleById.get("workspace-viewer")?.permissions ?? new Set();
  if (!permission || may.has(permissionName(permission.type, permission.action))) return undefined;
  const { case: target } = permission.target;
  // A list shows less instead.
  if (target === "scope") return undefined;
  if (target === "plane") return "PERMISSION_MISSING";
  const type = target === "project" ? "project" : permission.named || permission.type;
  return may.has(readerOf(type)) ? "PERMISSION_MISSING" : "NOT_FOUND";
}

// Access does not depend on the database; one is enough, and the first of those that were asked for is it.
describe.each(dialects.slice(0, 1))("on %s", (dialect) => {
  let plane: Plane;
  let known: Known;
  let viewer: Person;
  let stranger: Person;
  let foreigner: Person;
  let runTokens: { own: string; other: string };

  beforeAll(async () => {
    plane = await startPlane(dialect);
    known = await oneOfEverything(plane);
    const other = await elsewhere(plane);
    [viewer, stranger, foreigner] = await Promise.all([
      person(plane, "viewer", "workspace-viewer"),
      person(plane, "stranger", undefined),
      person(plane, "foreigner", "workspace-admin", other.organization, other.workspace),
    ]);
    const runs = plane.client(RunService, await enter(plane, plane.admin, workspace));
    const { run } = await runs.createRun({ project: String(known.project), snapshot: String(known.snapshot), running: true });
    const [own, of] = await Promise.all([known.run, run?.id].map((id) => runs.issueRunToken({ run: String(id) })));
    runTokens = { own: own?.token ?? "", other: of?.token ?? "" };
  }, 60_000);
  afterAll(() => plane.close());

  describe.each(["connect", "grpc"] as const)("over %s", (wire) => {
    const reachable = closed.filter((method) => wire === "grpc" || wireFor(method) === wire);
    test.each(byName(reachable))("%s refuses a call without credentials", async (_, method) => {
      const { reason, error } = await answer(plane, method, sampleRequest(method, known), undefined, { wire });
      expect([reason, error?.code]).toEqual(["CREDENTIALS_MISSING", Code.Unauthenticated]);
    });

    test.each(byName(internal))("%s does not exist outside, for anybody", async (_, method) => {
      expect((await answer(plane, method, sampleRequest(method, known), plane.admin, { wire })).error?.code).toBe(Code.Unimplemented);
      expect((await answer(plane, method, sampleRequest(method, known), undefined, { wire })).error?.code).toBe(Code.Unimplemented);
    });
  });

  test.each(byName(closed))("%s refuses a token that somebody made up", async (_, method) => {
    const [head, body] = (isOfWorkspace(method) ? viewer.inWorkspace : plane.admin).split(".");
    const { reason } = await answer(plane, method, sampleRequest(method, known), `${head}.${body}.${"A".repeat(86)}`);
    expect(reason).toBe("TOKEN_INVALID");
  });

  test("somebody without a role may not even enter the workspace", async () => {
    expect(await outcome(enter(plane, stranger.control, workspace))).toBe("NOT_FOUND");
    expect(await outcome(enter(plane, foreigner.control, workspace))).toBe("NOT_FOUND");
  });

  test("a header that names another workspace does not lead there", async () => {
    const headers = { "signalbox-workspace": workspace };
    const method = ProjectService.method.getProject;
    const request = sampleRequest(method, known);
    for (const token of [foreigner.control, foreigner.inWorkspace]) {
      expect((await answer(plane, method, request, token, { headers })).reason).toBe("NOT_FOUND");
    }
  });

  test.each(byName(aimed))("%s tells a foreigner of what exists just what it tells of what does not", async (_, method) => {
    const found = await answer(plane, method, sampleRequest(method, known), tokenFor(foreigner, method));
    const absent = Object.fromEntries(Object.keys(known).map((field) => [field, field === "step" ? "scene" : newUuid()]));
    const lost = await answer(plane, method, sampleRequest(method, absent), tokenFor(foreigner, method));
    expect([found.reason, lost.reason]).toEqual(["NOT_FOUND", "NOT_FOUND"]);
    const blank = ({ error }: typeof found) => error?.rawMessage.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|"\{.*\}"/g, "…");
    expect(blank(found)).toBe(blank(lost));
  });

  test.each(byName(bounded))("%s shows a foreigner nothing of what is not theirs", async (_, method) => {
    const { project: _project, organization: _organization, step: _step, ...ids } = known;
    const asked = async (as: Known) => {
      const request = sampleRequest(method, { ...as, ids: Object.values(as) });
      return told(await answer(plane, method, request, tokenFor(foreigner, method), { timeoutMs: 1_500 }), method);
    };
    // Cursors and tokens are sealed, and never the same twice; a failure says its details in bytes, and readable beside these.
    const blank = (text: string) => text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|"(cursor|nextPageToken)":"[^"]*"|"value":\{"0":[^}]*\}/g, "…");
    const absent = Object.fromEntries(Object.keys(ids).map((field) => [field, newUuid()]));
    expect(blank(await asked(ids))).toBe(blank(await asked(absent)));
  });

  test.each(byName(permitted.filter(refusalForViewer)))("%s is refused to somebody who may only look", async (_, method) => {
    const { reason } = await answer(plane, method, sampleRequest(method, known), tokenFor(viewer, method));
    expect(reason).toBe(refusalForViewer(method));
  });

  test("every method of the control plane refuses a token that is bound to a workspace", async () => {
    const others = closed.filter((method) => !isOfWorkspace(method) && method.parent !== AuditService);
    const reasons = await Promise.all(
      others.map(async (method) => [label(method), (await answer(plane, method, sampleRequest(method, known), viewer.inWorkspace)).reason]),
    );
    expect(reasons.filter(([, reason]) => reason !== "TOKEN_AUDIENCE_WRONG")).toEqual([]);
  });

  test("every method of a workspace refuses a token of the control plane by somebody who may enter none", async () => {
    const others = closed.filter(isOfWorkspace);
    const reasons: (readonly [string, string])[] = [];
    // Some at a time: a caller has so many places, however many methods there are.
    for (let at = 0; at < others.length; at += 25) {
      const some = others.slice(at, at + 25).map(async (method) => {
        const { reason } = await answer(plane, method, sampleRequest(method, known), stranger.control);
        return [label(method), reason] as const;
      });
      reasons.push(...(await Promise.all(some)));
    }
    expect(reasons.filter(([, reason]) => reason !== "NOT_FOUND")).toEqual([]);
  });

  describe("a run token", () => {
    const forRuns = closed.filter((method) => accessOf(method).runToken !== "");
    const forOthers = closed.filter((method) => accessOf(method).runToken === "");

    test("reads its own run", async () => {
      expect(await outcome(plane.client(RunService, runTokens.own).getRun({ run: String(known.run) }))).toBe("OK");
    });

    test.each(byName(forRuns))("is not good for %s of another run", async (_, method) => {
      const { reason } = await answer(plane, method, sampleRequest(method, known), runTokens.other);
      expect(reason).toBe("RUN_TOKEN_REFUSED");
    });

    test.each(byName(forOthers))("is not good for %s at all", async (_, method) => {
      const { reason } = await answer(plane, method, sampleRequest(method, known), runTokens.own);
      expect(reason).toBe(isOfWorkspace(method) ? "RUN_TOKEN_REFUSED" : "TOKEN_AUDIENCE_WRONG");
    });
  });
});
