import { ModelStage } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { PromotionState } from "@signalbox/gen/signalbox/registry/v1/promotion_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid, teachPerson } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

const { STAGING, PRODUCTION } = ModelStage;
const { PENDING, APPROVED, REJECTED, DONE } = PromotionState;

describe.each(dialects)("promotions of aliases on %s", (dialect) => {
  let it: RegistryUnderTest;
  let project = "";
  let model = "";
  type Clients = RegistryUnderTest["admin"];
  /** Who may approve, beside the admin. */
  let approvers: Clients[] = [];
  beforeAll(async () => {
    it = await registryOn(dialect);
    project = await it.project("penguins");
    approvers = Array.from({ length: 3 }, () => {
      const principal = newUuid();
      teachPerson(it.part.needs.policy, it.world, principal, "workspace-admin");
      return it.clients({ principal, workspace: it.world.workspace });
    });
  });
  beforeEach(async () => {
    model = (await it.developer.models.createModel({ project, name: `model ${newUuid().slice(-12)}` })).model?.id ?? "";
  });
  afterAll(() => it.close());

  const version = async () => (await it.developer.versions.createModelVersion({ project, model })).modelVersion?.id ?? "";
  const move = (modelVersion: string, more: object = {}) =>
    it.developer.versions.setModelStage({ modelVersion, stage: PRODUCTION, ...more });
  const decide = async (promotion: string, approved = true, by = 0, more: object = {}) =>
    (await approvers[by]?.promotions.decidePromotion({ promotion, approved, ...more }))?.promotion;
  const read = async (promotion: string) => (await it.viewer.promotions.getPromotion({ promotion })).promotion;

  test("an alias that the rule names stands for another version with approval only, and goes by who may approve", async () => {
    const aliasRule = (aliases: string[], stages: ModelStage[] = []) =>
      it.admin.models.updateModel({ model, promotionRule: { approvals: 1, stages, aliases }, updateMask: { paths: ["promotion_rule"] } });
    const [first, second] = [await version(), await version()];
    const set = (to: string, alias = "champion", as = it.developer) => as.models.setModelAlias({ model, alias, version: to });
    const ask = async (to: string) =>
      (await it.developer.promotions.requestPromotion({ modelVersion: to, alias: "champion" })).promotion?.id ?? "";
    await set(first);
    await aliasRule(["champion", "a b"]);
    expect((await it.viewer.models.getModel({ model })).model?.promotionRule).toMatchObject({ stages: [], aliases: ["a b", "champion"] });
    // What stands stays, others are free, and so are stages that it does not name.
    await set(first);
    await set(second, "challenger");
    await move(second);
    const refused = await failureOf(set(second));
    expect(refused).toMatchObject({ reason: "APPROVAL_REQUIRED" });
    expect(refused.metadata).toEqual({ alias: "champion", approvals_needed: "1", approvals_missing: "1" });
    expect(await reasonOf(set(second, "champion", it.admin))).toBe("APPROVAL_REQUIRED");

    const promotion = await ask(second);
    expect(await read(promotion)).toMatchObject({ stage: ModelStage.UNSPECIFIED, alias: "champion", state: PENDING, approvalsNeeded: 1 });
    expect((await failureOf(set(second))).metadata).toMatchObject({ promotion });
    expect(await failureOf(ask(second))).toMatchObject({ reason: "PROMOTION_OPEN", metadata: { promotion } });
    await decide(promotion);
    expect((await set(second)).movedFrom).toBe(first);
    expect(await read(promotion)).toMatchObject({ state: DONE });
    expect(await reasonOf(set(first))).toBe("APPROVAL_REQUIRED");
    const found = await it.viewer.promotions.listPromotions({ model, filter: "alias = champion AND state = done" });
    expect(found.promotions.map(({ id }) => id)).toEqual([promotion]);

    const take = (as: Clients) => as.models.deleteModelAlias({ model, alias: "champion" });
    expect(await failureOf(take(it.developer))).toMatchObject({
      reason: "PERMISSION_MISSING",
      metadata: { permission: "model_version.approve" },
    });
    await take(approvers[0] as Clients);
    await it.developer.models.deleteModelAlias({ model, alias: "challenger" });
    expect(await reasonOf(set(first))).toBe("APPROVAL_REQUIRED");

    // The rule counts as it is: what waits is approved once it names the alias no more, and waits again once it does.
    const waiting = await ask(first);
    await aliasRule(["other"], [STAGING]);
    expect(await read(waiting)).toMatchObject({ state: APPROVED, approvalsNeeded: 0 });
    await aliasRule(["champion"], [STAGING]);
    expect(await read(waiting)).toMatchObject({ state: PENDING, approvalsNeeded: 1 });
    await decide(waiting);
    const artifacts = [{ name: "weights", artifactVersion: newUuid() }];
    await it.developer.versions.addModelArtifacts({ modelVersion: first, artifacts });
    expect(await read(waiting)).toMatchObject({ state: PENDING });
    await decide(waiting);
    const moved = await Promise.allSettled([set(first), decide(waiting, false, 1), set(first)]);
    expect(moved.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
    expect([DONE, REJECTED]).toContain((await read(waiting))?.state);

    for (const wrong of [{}, { stage: STAGING, alias: "champion" }, { alias: "production" }, { alias: "7" }]) {
      expect(await reasonOf(it.developer.promotions.requestPromotion({ modelVersion: first, ...wrong }))).toBe("FIELD_INVALID");
    }
  });
});
