import { ModelStage } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { PromotionState } from "@signalbox/gen/signalbox/registry/v1/promotion_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { failureOf, reasonOf } from "@signalbox/runtime/testing/failing.ts";
import { newUuid, teachPerson } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RegistryUnderTest, registryOn } from "./fixtures.ts";

const { STAGING, PRODUCTION, ARCHIVED } = ModelStage;
const { PENDING, APPROVED, REJECTED, DONE, WITHDRAWN } = PromotionState;

describe.each(dialects)("promotions on %s", (dialect) => {
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
    await rule(1);
  });
  afterAll(() => it.close());

  const rule = (approvals: number, stages: ModelStage[] = []) =>
    it.admin.models.updateModel({ model, promotionRule: { approvals, stages }, updateMask: { paths: ["promotion_rule"] } });
  const version = async () => (await it.developer.versions.createModelVersion({ project, model })).modelVersion?.id ?? "";
  const request = async (modelVersion: string, more: object = {}) => {
    const { promotion } = await it.developer.promotions.requestPromotion({ modelVersion, stage: PRODUCTION, ...more });
    return promotion?.id ?? "";
  };
  const move = (modelVersion: string, more: object = {}) =>
    it.developer.versions.setModelStage({ modelVersion, stage: PRODUCTION, ...more });
  const decide = async (promotion: string, approved = true, by = 0, more: object = {}) =>
    (await approvers[by]?.promotions.decidePromotion({ promotion, approved, ...more }))?.promotion;
  const read = async (promotion: string) => (await it.viewer.promotions.getPromotion({ promotion })).promotion;
  const history = async () => (await it.viewer.versions.listStageChanges({ model })).stageChanges;

  test("a version moves when enough others approved, and the history names what allowed it", async () => {
    await rule(2);
    const modelVersion = await version();
    const refused = await failureOf(move(modelVersion));
    expect(refused).toMatchObject({ reason: "APPROVAL_REQUIRED" });
    expect(refused.metadata).toEqual({ stage: "production", approvals_needed: "2", approvals_missing: "2" });

    const promotion = await request(modelVersion, { reason: "better on Torgersen" });
    expect(await read(promotion)).toMatchObject({
      ...{ id: promotion, project, model, modelVersion, number: 1, stage: PRODUCTION, state: PENDING, approvalsNeeded: 2 },
      ...{ reason: "better on Torgersen", force: false, approvals: [], owner: { name: "dev" }, etag: "r1" },
    });
    expect((await failureOf(move(modelVersion))).metadata).toMatchObject({ promotion, approvals_missing: "2" });

    expect(await decide(promotion, true, 0, { comment: "measured it" })).toMatchObject({ state: PENDING });
    expect((await failureOf(move(modelVersion, { force: true }))).metadata).toMatchObject({ approvals_missing: "1" });
    const approved = await decide(promotion, true, 1);
    expect(approved).toMatchObject({ state: APPROVED, etag: "r3" });
    expect(approved?.approvals).toMatchObject([
      { approved: true, comment: "measured it", outdated: false },
      { approved: true, comment: "" },
    ]);
    await move(modelVersion, { reason: "as said" });
    expect(await read(promotion)).toMatchObject({ state: DONE, approvals: [{}, {}] });
    expect(await history()).toMatchObject([{ modelVersion, to: PRODUCTION, promotion, reason: "as said" }]);
    const filtered = await it.viewer.versions.listStageChanges({ model, filter: `promotion = ${promotion}` });
    expect(filtered.stageChanges).toHaveLength(1);
  });

  test("other stages are free, unless the rule names them, and so are models without a rule", async () => {
    const modelVersion = await version();
    await it.developer.versions.setModelStage({ modelVersion, stage: STAGING });
    expect((await history())[0]?.promotion).toBe("");
    await rule(1, [STAGING, ARCHIVED]);
    const back = it.developer.versions.setModelStage({ modelVersion, stage: ARCHIVED });
    expect(await reasonOf(back)).toBe("APPROVAL_REQUIRED");
    await move(modelVersion);
    const { model: read } = await it.viewer.models.getModel({ model });
    expect(read?.promotionRule).toMatchObject({ approvals: 1, stages: [STAGING, ARCHIVED] });
    await it.admin.models.updateModel({ model, updateMask: { paths: ["promotion_rule"] } });
    expect((await it.viewer.models.getModel({ model })).model?.promotionRule).toBeUndefined();
    await it.developer.versions.setModelStage({ modelVersion, stage: ARCHIVED });
  });

  test("who asks does not decide, nor who owns the model, nor who may only look", async () => {
    const promotion = await request(await version());
    const own = it.developer.promotions.decidePromotion({ promotion, approved: true });
    expect(await failureOf(own)).toMatchObject({ reason: "PERMISSION_MISSING", metadata: { permission: "model_version.approve" } });
    expect(await reasonOf(it.viewer.promotions.decidePromotion({ promotion, approved: true }))).toBe("PERMISSION_MISSING");
    expect(await reasonOf(it.stranger.promotions.decidePromotion({ promotion, approved: true }))).toBe("NOT_FOUND");
    expect(await read(promotion)).toMatchObject({ state: PENDING, approvals: [] });
    // The version is the developer's; whoever else asks for it, approving takes a role.
    const { promotion: asked } = await it.admin.promotions.requestPromotion({ modelVersion: await version(), stage: PRODUCTION });
    const byOwner = it.developer.promotions.decidePromotion({ promotion: asked?.id ?? "", approved: true });
    expect(await reasonOf(byOwner)).toBe("PERMISSION_MISSING");
  });

  test("the rule is changed by who may approve, also of a model of one's own", async () => {
    const lift = { model, promotionRule: { approvals: 0 } };
    expect(await failureOf(it.developer.models.updateModel(lift))).toMatchObject({
      ...{ reason: "PERMISSION_MISSING", metadata: { permission: "model_version.approve" } },
    });
    const masked = it.developer.models.updateModel({ model, updateMask: { paths: ["promotion_rule"] } });
    expect(await reasonOf(masked)).toBe("PERMISSION_MISSING");
    expect(await reasonOf(it.developer.models.updateModel({ model, description: "mine" }))).toBe("OK");
    expect(await reasonOf(rule(11))).toBe("FIELD_INVALID");
    expect(await reasonOf(rule(1, [ModelStage.UNSPECIFIED]))).toBe("FIELD_INVALID");
    const made = await it.developer.models.createModel({ project, name: "gated", promotionRule: { approvals: 1 } });
    expect(made.model?.promotionRule).toMatchObject({ approvals: 1, stages: [PRODUCTION] });
  });

  test("one rejection rejects, and nothing follows it", async () => {
    const modelVersion = await version();
    const promotion = await request(modelVersion);
    await decide(promotion);
    expect(await decide(promotion, false, 1, { comment: "too slow" })).toMatchObject({ state: REJECTED });
    expect(await reasonOf(decide(promotion, true, 2))).toBe("TRANSITION_REFUSED");
    expect(await reasonOf(it.developer.promotions.withdrawPromotion({ promotion }))).toBe("TRANSITION_REFUSED");
    expect(await decide(promotion, false, 1, { comment: "too slow", etag: "r1" })).toMatchObject({ state: REJECTED });
    expect(await reasonOf(move(modelVersion))).toBe("APPROVAL_REQUIRED");
    expect(await request(modelVersion)).not.toBe(promotion);
  });

  test("who approved may think again until it is done", async () => {
    const promotion = await request(await version());
    const first = await decide(promotion);
    expect(await decide(promotion)).toEqual(first);
    expect((await decide(promotion, false))?.approvals).toMatchObject([{ approved: false }]);
    const other = await request(await version());
    const { etag } = (await read(other)) ?? { etag: "" };
    await decide(other, true, 1);
    expect(await reasonOf(decide(other, true, 2, { etag }))).toBe("ETAG_MISMATCH");
  });

  test("one is open for a version and a stage, a repeat is answered, another content is not", async () => {
    const modelVersion = await version();
    const id = newUuid();
    expect(await request(modelVersion, { id })).toBe(id);
    expect(await request(modelVersion, { id })).toBe(id);
    expect(await reasonOf(request(modelVersion, { id, reason: "other" }))).toBe("ID_REUSED");
    expect(await failureOf(request(modelVersion))).toMatchObject({
      reason: "PROMOTION_OPEN",
      metadata: { promotion: id, state: "pending" },
    });
    expect(await reasonOf(request(modelVersion, { stage: STAGING }))).toBe("OK");
    expect(await reasonOf(request(modelVersion, { stage: ModelStage.UNSPECIFIED }))).toBe("FIELD_INVALID");
    await it.developer.promotions.withdrawPromotion({ promotion: id });
    expect(await request(modelVersion, { id })).toBe(id);
    expect((await it.developer.promotions.withdrawPromotion({ promotion: id })).promotion?.state).toBe(WITHDRAWN);
    expect(await reasonOf(decide(id))).toBe("TRANSITION_REFUSED");
    const again = await request(modelVersion);
    await decide(again);
    await move(modelVersion);
    expect(await request(modelVersion, { id: again })).toBe(again);
    expect(await reasonOf(request(modelVersion))).toBe("FIELD_INVALID");
  });

  test("where nobody need approve, it is approved at once, and done by the move", async () => {
    const modelVersion = await version();
    const promotion = await request(modelVersion, { stage: STAGING });
    expect(await read(promotion)).toMatchObject({ state: APPROVED, approvalsNeeded: 0 });
    await it.developer.versions.setModelStage({ modelVersion, stage: STAGING });
    expect(await read(promotion)).toMatchObject({ state: DONE });
  });

  test("what was asked for follows a rule that changes", async () => {
    const promotion = await request(await version());
    await decide(promotion);
    await rule(2);
    expect(await read(promotion)).toMatchObject({ state: PENDING, approvalsNeeded: 2 });
    await rule(1);
    expect(await read(promotion)).toMatchObject({ state: APPROVED, approvalsNeeded: 1 });
    await rule(1, [STAGING]);
    expect(await read(promotion)).toMatchObject({ state: APPROVED, approvalsNeeded: 0 });
    const rejected = await request(await version(), { stage: STAGING });
    await decide(rejected, false);
    await rule(0);
    expect(await read(rejected)).toMatchObject({ state: REJECTED, approvalsNeeded: 1 });
  });

  test("approvals are good for what was approved, and for nothing that is put in its place", async () => {
    const modelVersion = await version();
    const promotion = await request(modelVersion);
    await decide(promotion);
    const artifacts = [{ name: "weights", artifactVersion: newUuid() }];
    await it.developer.versions.addModelArtifacts({ modelVersion, artifacts });
    expect(await read(promotion)).toMatchObject({ state: PENDING, approvals: [{ approved: true, outdated: true }] });
    expect(await reasonOf(move(modelVersion))).toBe("APPROVAL_REQUIRED");
    expect(await decide(promotion)).toMatchObject({ state: APPROVED, approvals: [{ outdated: false }] });
    await it.developer.versions.addModelArtifacts({ modelVersion, artifacts });
    expect(await read(promotion)).toMatchObject({ state: APPROVED });
    await it.developer.versions.updateModelVersion({ modelVersion, artifacts: [{ name: "weights", artifactVersion: newUuid() }] });
    expect(await read(promotion)).toMatchObject({ state: PENDING });
  });

  test("whether who stands there is archived is approved too", async () => {
    const [first, second] = [await version(), await version()];
    await decide(await request(first));
    await move(first);
    const gentle = await request(second);
    await decide(gentle);
    expect(await failureOf(move(second, { force: true }))).toMatchObject({ reason: "STAGE_OCCUPIED" });
    await it.developer.promotions.withdrawPromotion({ promotion: gentle });
    const forced = await request(second, { force: true });
    await decide(forced);
    expect((await move(second)).archived).toBe(first);
    expect(await history()).toMatchObject([
      { modelVersion: second, to: PRODUCTION, forced: true, promotion: forced },
      { modelVersion: first, to: ARCHIVED, forced: true, promotion: forced },
      { modelVersion: first, to: PRODUCTION },
    ]);
  });

  test("of two who approve at once, both count", async () => {
    await rule(3);
    for (let round = 0; round < 5; round++) {
      const promotion = await request(await version());
      await Promise.all([0, 1, 2].map((by) => decide(promotion, true, by)));
      expect(await read(promotion)).toMatchObject({ state: APPROVED, approvals: [{}, {}, {}] });
    }
  });

  test("an approval, a withdrawal, a rejection and a change at once leave one answer", async () => {
    for (let round = 0; round < 8; round++) {
      const modelVersion = await version();
      const promotion = await request(modelVersion);
      const outcomes = await Promise.all([
        reasonOf(decide(promotion, true, 0)),
        reasonOf(it.developer.promotions.withdrawPromotion({ promotion })),
        reasonOf(decide(promotion, false, 1)),
        reasonOf(it.developer.versions.addModelArtifacts({ modelVersion, artifacts: [{ name: "x", artifactVersion: newUuid() }] })),
      ]);
      for (const outcome of outcomes) expect(["OK", "TRANSITION_REFUSED"]).toContain(outcome);
      const { state = PENDING, approvals = [] } = (await read(promotion)) ?? {};
      expect(outcomes[1] === "OK" ? [WITHDRAWN] : [REJECTED]).toContain(state);
      expect(approvals.some(({ approved }) => !approved)).toBe(outcomes[2] === "OK");
      expect(await reasonOf(move(modelVersion))).toBe("APPROVAL_REQUIRED");
    }
  });

  test("of two approved promotions for one stage that move at once, one has it", async () => {
    const versions = await Promise.all([version(), version()]);
    const promotions = await Promise.all(versions.map((each) => request(each)));
    await Promise.all(promotions.map((each) => decide(each)));
    const outcomes = await Promise.all(versions.map((each) => reasonOf(move(each))));
    expect(outcomes.sort()).toEqual(["OK", "STAGE_OCCUPIED"]);
    const states = await Promise.all(promotions.map(async (each) => (await read(each))?.state));
    expect(states.sort()).toEqual([APPROVED, DONE]);
  });

  test("of ten who ask for the same at once, one does, and ten repeats have one effect", async () => {
    const modelVersion = await version();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => reasonOf(request(modelVersion))));
    expect(outcomes.filter((outcome) => outcome === "OK")).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(["OK", "PROMOTION_OPEN"]));
    const [other, id] = [await version(), newUuid()];
    const ids = await Promise.all(Array.from({ length: 10 }, () => request(other, { id })));
    expect(new Set(ids)).toEqual(new Set([id]));
  });

  test("lists show what waits, to those who may see it", async () => {
    const [first, second] = [await request(await version()), await request(await version())];
    await decide(first);
    const list = async (filter: string, as = it.viewer) => (await as.promotions.listPromotions({ model, project, filter })).promotions;
    expect(await list("state = pending")).toMatchObject([{ id: second }]);
    expect(await list("state = (approved OR done) AND stage = production")).toMatchObject([{ id: first, approvals: [{}] }]);
    expect(await list("owner = dev AND number = 2")).toMatchObject([{ id: second }]);
    expect(await reasonOf(list("", it.stranger))).toBe("NOT_FOUND");
    expect((await it.stranger.promotions.listPromotions({})).promotions).toEqual([]);
    const whole = await it.viewer.promotions.listPromotions({ filter: `model = ${model}`, includeTotal: true, pageSize: 1 });
    expect(whole).toMatchObject({ totalSize: 2n, promotions: [{ id: second }] });
  });

  test("a promotion goes with its version, and with its model", async () => {
    const [first, second] = [await version(), await version()];
    const promotions = [await request(first), await request(second)];
    for (const each of promotions) await decide(each);
    await it.developer.versions.deleteModelVersion({ modelVersion: first });
    expect(await reasonOf(read(promotions[0] ?? ""))).toBe("NOT_FOUND");
    expect(await read(promotions[1] ?? "")).toMatchObject({ state: APPROVED });
    await it.developer.models.deleteModel({ model });
    for (const table of ["registry_promotion", "registry_approval"] as const) {
      const { db } = it.tables;
      const rows = (await db.selectFrom(table).selectAll().execute()) as { id?: Buffer; promotionId?: Buffer }[];
      const ids = rows.map(({ id, promotionId }) => (promotionId ?? id)?.toString("hex"));
      for (const promotion of promotions) expect(ids).not.toContain(promotion.replaceAll("-", ""));
    }
  });
});
