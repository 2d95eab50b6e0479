import { type DescMethod, type Message, toJson } from "@bufbuild/protobuf";
import { ComponentService } from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answer } from "../src/answer.ts";
import { isOfWorkspace, itemsIn, named, resourceIn, sibling } from "../src/catalogue.ts";
import { special } from "../src/creating.ts";
import type { Plane } from "../src/plane.ts";
import { startReplicas } from "../src/replicas.ts";
import { type Known, sampleRequest } from "../src/sample.ts";
import { enter, oneOfEverything, organization, workspace } from "../src/scene.ts";

const creates = named(/^Create/);
const atOnce = 50;
/** What has no name, may have that of others, or is met again by it. */
const manyOfOneName = [
  "CreateVisualization",
  "CreateRoleBinding",
  "CreateApiKey",
  "CreateSnapshot",
  "CreateBuild",
  "CreateRun",
  "CreateModelVersion",
  "CreateWaitCondition",
];

describe.each(dialects)("on %s", (dialect) => {
  let replicas: Awaited<ReturnType<typeof startReplicas>>;
  let known: Known;
  let admin: string;
  let inWorkspace: string;

  beforeAll(async () => {
    replicas = await startReplicas(dialect);
    const [plane] = replicas.planes;
    admin = plane.admin;
    const one = await oneOfEverything(plane);
    inWorkspace = await enter(plane, admin, workspace);
    const { components } = await plane.client(ComponentService, inWorkspace).listComponents({});
    known = { ...one, components: components.map(({ id }) => id) };
  }, 60_000);
  afterAll(() => replicas.close());

  const tokenFor = (method: DescMethod) => (isOfWorkspace(method) ? inWorkspace : admin);
  const planeFor = (index: number) => replicas.planes[index % replicas.planes.length] as Plane;
  const many = (method: DescMethod, request: Message, length = atOnce) =>
    Promise.all(Array.from({ length }, (_, index) => answer(planeFor(index), method, request, tokenFor(method))));

  /** How often every replica lists an id; more than one number where they differ. */
  async function listed(method: DescMethod, id: string): Promise<readonly number[]> {
    const list = sibling(method, /^List/);
    const { project, pipeline, model, principal } = known;
    const request = sampleRequest(list, {
      project,
      pipeline,
      model,
      principal,
      organization,
      scope: { organization, workspace },
      page_size: 1000,
    });
    const seen = await Promise.all(replicas.planes.map((plane) => answer(plane, list, request, tokenFor(method))));
    return [...new Set(seen.map(({ message }) => itemsIn(message, list).filter((item) => item.id === id).length))];
  }

  test.each(creates)("%s asked fifty times at once, with one id and content, has one effect", async (name, method) => {
    const { asked, other = { description: "other" } } = special(method, known);
    const id = newUuid();
    const unique = `made-${id}`;
    const values = { ...known, name: unique, user_name: unique, ...asked, id };
    const answers = await many(method, sampleRequest(method, values));

    const made = answers.filter(({ reason }) => reason === "OK");
    const others = new Set(answers.filter(({ reason }) => reason !== "OK").map(({ reason }) => reason));
    const showsSecret = name === "CreateApiKey";
    expect([...others]).toEqual(showsSecret ? ["SECRET_ALREADY_SHOWN"] : []);
    expect(made).toHaveLength(showsSecret ? 1 : atOnce);

    const texts = made.map(({ message }) => toJson(method.output, message as Message) as { created?: boolean });
    const fresh = texts.filter(({ created }) => created !== undefined);
    expect(fresh.length).toBe(method.output.fields.some((field) => field.name === "created") ? 1 : 0);
    expect(new Set(texts.map(({ created: _, ...rest }) => JSON.stringify(rest))).size).toBe(1);
    expect(resourceIn(made[0]?.message, method).id).toBe(id);
    expect(await listed(method, id)).toEqual([1]);

    const refused = await answer(planeFor(1), method, sampleRequest(method, { ...values, ...other }), tokenFor(method));
    expect(refused.reason).toBe("ID_REUSED");
    expect(await listed(method, id)).toEqual([1]);
  });

  test("a batch of artifact versions asked fifty times at once has one effect", async () => {
    const [[, method]] = named(/^BatchCreateArtifactVersions/) as [readonly [string, DescMethod]];
    const batch = (uri: string) => {
      const versions = ids.map((id, index) => ({ id, artifact: `batch-${ids[0]}-${index % 2}`, uri, metadata: {} }));
      return sampleRequest(method, { project: known.project, versions });
    };
    const ids = Array.from({ length: 5 }, newUuid);
    const answers = await many(method, batch("file:///one"));
    expect(new Set(answers.map(({ reason }) => reason))).toEqual(new Set(["OK"]));
    expect(new Set(answers.map(({ message }) => JSON.stringify(toJson(method.output, message as Message)))).size).toBe(1);
    expect(itemsIn(answers[0]?.message, method).map(({ id }) => id)).toEqual(ids);
    for (const id of ids) expect(await listed(method, id)).toEqual([1]);
    expect((await answer(planeFor(0), method, batch("file:///two"), inWorkspace)).reason).toBe("ID_REUSED");
  });

  test.each(creates.filter(([name]) => !manyOfOneName.includes(name)))(
    "%s of one name ten times at once, without an id, makes one",
    async (_, method) => {
      const unique = `only-${newUuid()}`;
      const { asked } = special(method, known);
      const answers = await many(method, sampleRequest(method, { ...known, name: unique, user_name: unique, ...asked }), 10);
      const reasons = answers.map(({ reason }) => reason).sort();
      expect(reasons).toEqual([...Array.from({ length: 9 }, () => "NAME_TAKEN"), "OK"]);
    },
  );
});
