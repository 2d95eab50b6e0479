import type { DescMethod } from "@bufbuild/protobuf";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answer } from "../src/answer.ts";
import { isOfWorkspace, named, type Resource, resourceIn, sibling } from "../src/catalogue.ts";
import type { Plane } from "../src/plane.ts";
import { startReplicas } from "../src/replicas.ts";
import { type Known, sampleRequest } from "../src/sample.ts";
import { enter, oneOfEverything, workspace } from "../src/scene.ts";

const updates = named(/^Update/);
const atOnce = 50;

/** A field that any text may be written to, and the way to write it. */
function written({ input }: DescMethod, text: string): { readonly path: string; readonly value: unknown } {
  const path = Object.keys(blank).find((name) => input.fields.some((field) => field.name === name)) ?? "";
  if (path === "details" || path === "orchestrator_environment") return { path, value: { text: JSON.stringify(text) } };
  return { path, value: path === "labels" ? { text } : text };
}

/** What such a field is where nothing was written. */
const blank: Readonly<Record<string, unknown>> = {
  description: "",
  display_name: "",
  labels: {},
  details: undefined,
  orchestrator_environment: undefined,
};

describe.each(dialects)("on %s", (dialect) => {
  let replicas: Awaited<ReturnType<typeof startReplicas>>;
  let known: Known;
  let tokens: { readonly control: string; readonly workspace: string };

  beforeAll(async () => {
    replicas = await startReplicas(dialect);
    const [plane] = replicas.planes;
    known = await oneOfEverything(plane);
    tokens = { control: plane.admin, workspace: await enter(plane, plane.admin, workspace) };
  }, 60_000);
  afterAll(() => replicas.close());

  const call = (method: DescMethod, values: Known, index = 0) =>
    answer(
      replicas.planes[index % replicas.planes.length] as Plane,
      method,
      sampleRequest(method, { ...byId(method), ...values }),
      isOfWorkspace(method) ? tokens.workspace : tokens.control,
    );

  /** Only what says which resource is meant. */
  const byId = (method: DescMethod): Known => {
    const [subject = ""] = method.input.fields.map(({ name }) => name);
    return { [subject]: known[subject], ...(known.project && subject !== "project" ? { project: known.project } : {}) };
  };

  async function read(method: DescMethod): Promise<Resource> {
    const get = sibling(method, new RegExp(`^Get${method.name.slice("Update".length)}$`));
    return resourceIn((await call(get, {})).message, get);
  }

  test.each(updates)("%s with one etag by fifty at once is won by one", async (_, method) => {
    const before = await read(method);
    const change = (text: string) => ({ [written(method, text).path]: written(method, text).value });
    const answers = await Promise.all(
      Array.from({ length: atOnce }, (_, index) => call(method, { ...change(`writer ${index}`), etag: before.etag }, index)),
    );
    const reasons = answers.map(({ reason }) => reason).sort();
    expect(reasons).toEqual([...Array.from({ length: atOnce - 1 }, () => "ETAG_MISMATCH"), "OK"]);

    const winner = answers.findIndex(({ reason }) => reason === "OK");
    const now = await read(method);
    expect(now).toEqual(resourceIn(answers[winner]?.message, method));
    expect(now.etag).not.toBe(before.etag);

    const repeated = await call(method, { ...change(`writer ${winner}`), etag: before.etag }, 1);
    expect([repeated.reason, resourceIn(repeated.message, method)]).toEqual(["OK", now]);
    expect(await read(method)).toEqual(now);
  });

  test.each(updates)("%s by a mask changes what the mask names, to nothing too", async (_, method) => {
    const { path, value } = written(method, "something");
    await call(method, { [path]: value });
    const cleared = await call(method, { update_mask: { paths: [path] } });
    expect(cleared.reason).toBe("OK");
    const field = method.input.fields.find(({ name }) => name === path)?.localName ?? "";
    expect((await read(method))[field]).toEqual(blank[path]);
  });

  test.each(updates)("%s refuses a mask that names what it does not know or may not change", async (_, method) => {
    const before = await read(method);
    for (const path of ["nonsense", "etag", "create_time", `${written(method, "").path}.part`]) {
      const { reason, error } = await call(method, { update_mask: { paths: [path] } });
      expect([path, reason]).toEqual([path, "FIELD_INVALID"]);
      expect(error?.rawMessage).toContain("update_mask");
    }
    expect(await read(method)).toEqual(before);
  });
});
