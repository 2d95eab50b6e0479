import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { type Box, failedWith } from "@signalbox/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { machine, openTestBox } from "../src/developer.ts";
import { type Plane, startPlane } from "../src/plane.ts";
import { enter, workspace } from "../src/scene.ts";

describe.each(dialects)("a model that others must approve of, on %s", { timeout: 60_000 }, (dialect) => {
  let plane: Plane;
  let developer: Box;
  let lead: Box;

  beforeAll(async () => {
    plane = await startPlane(dialect);
    const token = await enter(plane, plane.admin, workspace);
    await plane.client(ProjectService, token).createProject({ name: "demo" });
    developer = openTestBox(plane.url, (await machine(plane, "workspace-developer")).key, "demo");
    lead = openTestBox(plane.url, (await machine(plane, "workspace-admin")).key, "demo");
  }, 60_000);
  afterAll(async () => {
    developer?.close();
    lead?.close();
    await plane?.close();
  });

  test("goes into production when somebody else said so", async () => {
    await using run = await developer.startRun({ pipeline: "train" });
    const weights = await run.step("train", (step) => step.save("weights", "heavy", { type: "model" }));
    await run.registerModel({ name: "classifier", artifacts: { weights } });
    await run.finish();

    await lead.model("classifier").setPromotionRule({ approvals: 1 });
    const model = developer.model("classifier");
    const refused = (work: Promise<unknown>) => expect(work).rejects.toSatisfy((error) => failedWith(error, "APPROVAL_REQUIRED"));
    await refused(model.setStage("latest", "production"));
    const asked = await model.requestPromotion("latest", "production", { reason: "better on Torgersen" });
    expect(asked).toMatchObject({ model: "classifier", version: 1, stage: "production", state: "pending", approvalsNeeded: 1 });
    await expect(developer.promotions.approve(asked.id)).rejects.toSatisfy((error) => failedWith(error, "PERMISSION_MISSING"));

    const { value: waiting } = await lead.promotions.list({ filter: "state = pending" }).next();
    expect(waiting).toEqual(asked);
    expect(await lead.promotions.approve(asked.id, "measured it")).toMatchObject({
      ...{ state: "approved", approvals: [{ approved: true, comment: "measured it", outdated: false }] },
    });
    await model.setStage("latest", "production");
    const { value: change } = await model.stageChanges().next();
    expect(change).toMatchObject({ number: 1, promotion: asked.id });
    expect((await model.version("production")).number).toBe(1);

    const other = await model.requestPromotion(1, "archived");
    expect((await developer.promotions.withdraw(other.id)).state).toBe("withdrawn");
    await expect(lead.promotions.reject(other.id)).rejects.toSatisfy((error) => failedWith(error, "TRANSITION_REFUSED"));
  });
});
