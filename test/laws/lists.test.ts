import { type DescMethod, toJson } from "@bufbuild/protobuf";
import { BadRequestSchema, ErrorInfoSchema } from "@signalbox/gen/google/rpc/error_details_pb.ts";
import { OrganizationService, WorkspaceService } from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import { ModelStage } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { PromotionService } from "@signalbox/gen/signalbox/registry/v1/promotion_pb.ts";
import { ComponentService } from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import { HookService, HookType } from "@signalbox/gen/signalbox/runs/v1/hook_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answer } from "../src/answer.ts";
import { forOneOf, isOfWorkspace, itemsIn, named, outside, type Resource, resourceIn } from "../src/catalogue.ts";
import { special } from "../src/creating.ts";
import { type Plane, startPlane } from "../src/plane.ts";
import { type Known, sampleRequest } from "../src/sample.ts";
import { enter, oneOfEverything, organization, workspace } from "../src/scene.ts";

const has = (method: DescMethod, field: string) => method.input.fields.some(({ name }) => name === field);
const paged = named(/^List/).filter(([, method]) => has(method, "page_token"));
const lists = paged.filter(([, method]) => has(method, "filter"));
const methodOf = (name: string): DescMethod => outside.find((method) => method.name === name) as DescMethod;
const pageSizes = [1, 2, 5, 16, 53, 100];

describe.each(dialects)("on %s", (dialect) => {
  let plane: Plane;
  let known: Known;
  let tokens: { readonly control: string; readonly workspace: string };
  let began: string;

  beforeAll(async () => {
    plane = await startPlane(dialect);
    const one = await oneOfEverything(plane);
    tokens = { control: plane.admin, workspace: await enter(plane, plane.admin, workspace) };
    const { components } = await plane.client(ComponentService, tokens.workspace).listComponents({});
    known = { ...one, components: components.map(({ id }) => id), scope: { organization, workspace } };
    // Enough of each that there is a second page.
    const several = lists.filter(([name]) => name !== "ListRoleBindings");
    await Promise.all(several.flatMap(([, list]) => [create(list), create(list)]));
    await versions(3);
    await plane.client(ReportService, tokens.workspace).startStep({ run: String(one.run), step: "another" });
    const another = { run: String(one.run), name: "another", type: HookType.CUSTOM, status: Status.COMPLETED } as const;
    await plane.client(HookService, tokens.workspace).recordHookInvocation(another);
    const [modelVersion, models] = [String(one.model_version), plane.client(ModelVersionService, tokens.workspace)];
    for (const stage of [ModelStage.STAGING, ModelStage.ARCHIVED]) await models.setModelStage({ modelVersion, stage });
    await plane.client(PromotionService, tokens.workspace).requestPromotion({ modelVersion, stage: ModelStage.STAGING });
    const artifacts = ["one", "other"].map((name) => ({ name, artifactVersion: newUuid() }));
    await models.addModelArtifacts({ modelVersion, artifacts });
    await models.addModelRuns({ modelVersion, runs: [newUuid(), newUuid()] });
    const members = plane.client(OrganizationService, tokens.control);
    for (const principal of [one.user, one.service_account]) await members.addMember({ organization, principal: principal ?? "" });
    // What was done so far is in the audit log by then.
    began = new Date().toISOString();
    await sleep(1_000);
  }, 60_000);
  afterAll(() => plane.close());

  const tokenFor = (method: DescMethod) => (isOfWorkspace(method) ? tokens.workspace : tokens.control);
  const call = async (method: DescMethod, values: Known) => answer(plane, method, sampleRequest(method, values), tokenFor(method));

  async function create(list: DescMethod): Promise<Resource | undefined> {
    const method = forOneOf(list, "Create");
    if (!method) return undefined;
    const name = `row-${newUuid().slice(-12)}`;
    const { message, error } = await call(method, { ...known, scope: undefined, name, user_name: name, ...special(method, known).asked });
    if (error) throw error;
    return resourceIn(message, method);
  }

  /** What chooses the rows of a list, and nothing more. */
  const chosen = (list: DescMethod): Known =>
    Object.fromEntries(
      ["project", "organization", "principal", "scope", "connector", "run", "artifact_version", "model", "model_version"].flatMap((name) =>
        has(list, name) ? [[name, known[name]]] : [],
      ),
    );

  async function page(list: DescMethod, values: Known): Promise<{ items: readonly Resource[]; next: string; total?: bigint }> {
    const { message, error } = await call(list, { ...chosen(list), ...values });
    if (error) throw error;
    const { nextPageToken, totalSize } = message as unknown as { nextPageToken: string; totalSize?: bigint };
    return { items: itemsIn(message, list), next: nextPageToken, ...(totalSize !== undefined && { total: totalSize }) };
  }

  async function walk(list: DescMethod, values: Known): Promise<string[]> {
    const seen: string[] = [];
    for (let token = ""; ; ) {
      const { items, next } = await page(list, { ...values, page_token: token });
      expect(items.length).toBeLessThanOrEqual(Number(values.page_size));
      seen.push(...items.map((item) => identity(item, list)));
      if (!next) return seen;
      token = next;
    }
  }

  test.each(lists)("%s counts what it lists, and pages of one show the same in the same order", async (name, list) => {
    const filter = name === "ListAuditEvents" ? `time < ${began}` : "";
    const all = await page(list, { page_size: 1000, include_total: true, filter });
    expect(all.next).toBe("");
    expect(all.total).toBe(BigInt(all.items.length));
    const walked = await walk(list, { page_size: 1, filter });
    expect(walked).toEqual(all.items.map((item) => identity(item, list)));
  });

  test.each(lists)("%s refuses a filter by its position, an order and a size that it does not know", async (_, list) => {
    const refusal = async (values: Known) => (await call(list, { ...chosen(list), ...values })).error;
    const position = async (filter: string) => (await refusal({ filter }))?.findDetails(ErrorInfoSchema)[0];
    expect(await position("  nonsense = 1")).toMatchObject({ reason: "FILTER_INVALID", metadata: { position: "3" } });
    expect(await position("nonsense")).toMatchObject({ reason: "FILTER_INVALID", metadata: { position: "9" } });
    expect(await position('nonsense = "')).toMatchObject({ reason: "FILTER_INVALID", metadata: { position: "12" } });
    expect(await position("a = 1 OR OR b = 2")).toMatchObject({ reason: "FILTER_INVALID", metadata: { position: "10" } });
    for (const order of ["nonsense", "create_time sideways", "id; drop table x", ","]) {
      expect([order, (await refusal({ order_by: order }))?.findDetails(ErrorInfoSchema)[0]?.reason]).toEqual([order, "ORDER_INVALID"]);
    }
  });

  test.each(paged)("%s refuses pages of sizes that there are none of", async (_, list) => {
    for (const size of [1001, -1, 2 ** 31 - 1, -(2 ** 31)]) {
      const { reason, error } = await call(list, { ...chosen(list), page_size: size });
      expect([size, reason]).toEqual([size, "FIELD_INVALID"]);
      expect(error?.findDetails(BadRequestSchema)[0]?.fieldViolations[0]?.field).toBe("page_size");
    }
  });

  test.each(lists)("%s takes its own tokens for the list that they are of, and no others", async (name, list) => {
    const order = /"([a-z_]+) desc"/.exec((await call(list, { ...chosen(list), order_by: "nonsense" })).error?.rawMessage ?? "")?.[1] ?? "";
    const given = { order_by: `${order} desc`, filter: `${order} != "2001-01-01T00:00:00Z"` };
    const { next } = await page(list, { page_size: 1, ...given });
    const other = (await page(list === methodOf("ListUsers") ? methodOf("ListProjects") : methodOf("ListUsers"), { page_size: 1 })).next;
    const refused = async (values: Known) => (await call(list, { ...chosen(list), ...given, ...values })).reason;
    expect(await refused({ page_token: other })).toBe("PAGE_TOKEN_INVALID");
    expect(await refused({ page_token: "nonsense" })).toBe("PAGE_TOKEN_INVALID");
    if (!next) return expect(["ListLeases"]).toContain(name);

    expect(await refused({ page_token: next, page_size: 3 })).toBe("OK");
    const middle = next.length >> 1;
    const flipped = next[middle] === "A" ? "B" : "A";
    const wrong = [
      { page_token: next.slice(0, middle) + flipped + next.slice(middle + 1) },
      { page_token: next.slice(0, -4) },
      { page_token: next, order_by: order },
      { page_token: next, order_by: "" },
      { page_token: next, filter: "" },
      { page_token: next, filter: `${given.filter} ` },
    ];
    for (const values of wrong) expect([values, await refused(values)]).toEqual([values, "PAGE_TOKEN_INVALID"]);
  });

  test("a token of one workspace is not good in another", async () => {
    const { workspace: made } = await plane
      .client(WorkspaceService, tokens.control)
      .createWorkspace({ organization, name: `second-${newUuid().slice(-6)}` });
    const second = await enter(plane, tokens.control, made?.id ?? "");
    for (const name of ["ListProjects", "ListStacks", "ListComponents", "ListSecrets", "ListConnectors"]) {
      const list = methodOf(name);
      const { next } = await page(list, { page_size: 1 });
      const there = await answer(plane, list, sampleRequest(list, { page_token: next }), second);
      expect([name, there.reason]).toEqual([name, "PAGE_TOKEN_INVALID"]);
    }
  });

  /** Lists that are walked while their rows come and go. */
  const restless: readonly (readonly [name: string, rows: number, order: string])[] = [
    ["ListProjects", 41, "name"],
    ["ListRuns", 31, "name desc"],
    ["ListArtifactVersions", 107, "create_time"],
    ["ListModels", 31, "name desc"],
    ["ListUsers", 17, "user_name"],
    ["ListSecrets", 11, "update_time"],
    ["ListPipelines", 11, "name"],
  ];

  test.each(restless)("%s shows nothing twice and skips nothing while others come and go", async (name, rows, order) => {
    const list = methodOf(name);
    const there = await rowsOf(list, rows);
    const walking = new AbortController();
    const churning = churn(list, walking.signal);
    try {
      for (const [index, size] of pageSizes.entries()) {
        const seen = await walk(list, { page_size: size, order_by: index % 2 === 0 ? order : "" });
        expect(new Set(seen).size, `pages of ${size}`).toBe(seen.length);
        const known = new Set(seen);
        expect(
          there.filter((id) => !known.has(id)),
          `pages of ${size}`,
        ).toEqual([]);
      }
    } finally {
      walking.abort();
      await churning;
    }
  });

  async function rowsOf(list: DescMethod, count: number): Promise<string[]> {
    if (list.name === "ListArtifactVersions") return versions(count);
    const made: string[] = [];
    while (made.length < count) {
      const some = Array.from({ length: Math.min(10, count - made.length) }, () => create(list));
      made.push(...(await Promise.all(some)).map((row) => row?.id ?? ""));
    }
    return made;
  }

  async function versions(count: number): Promise<string[]> {
    const method = methodOf("BatchCreateArtifactVersions");
    const ids = Array.from({ length: count }, newUuid);
    for (let at = 0; at < count; at += 50) {
      const batch = ids.slice(at, at + 50).map((id, index) => ({ id, artifact: `listed-${index % 7}`, uri: "file:///row" }));
      const { error } = await call(method, { project: known.project, versions: batch });
      if (error) throw error;
    }
    return ids;
  }

  async function churn(list: DescMethod, walking: AbortSignal): Promise<void> {
    const drop = forOneOf(list, "Delete");
    while (!walking.aborted) {
      const [id = ""] = await rowsOf(list, 1);
      if (list.name === "ListRuns") await call(methodOf("EndRun"), { run: id, ended: { status: 9 } });
      const [subject = ""] = drop?.input.fields.map(({ name }) => name) ?? [];
      if (drop) expect((await call(drop, { [subject]: id })).reason).toBe("OK");
      await sleep(20);
    }
  }
});

/** What tells one item of a list from another. */
function identity(item: Resource, { output }: DescMethod): string {
  if (item.id) return item.id;
  const field = output.fields.find((each) => each.fieldKind === "list");
  return field?.message ? JSON.stringify(toJson(field.message, item as never)) : "";
}
