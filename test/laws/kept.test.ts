import type { DescField, DescMethod, Message } from "@bufbuild/protobuf";
import { ComponentService } from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import { JsonSchema } from "@signalbox/gen/signalbox/value/v1/value_pb.ts";
import { dialects } from "@signalbox/runtime/testing/databases.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answer } from "../src/answer.ts";
import { isOfWorkspace, named, resourceIn, sibling } from "../src/catalogue.ts";
import { special } from "../src/creating.ts";
import { type Plane, startPlane } from "../src/plane.ts";
import { type Known, sampleRequest } from "../src/sample.ts";
import { enter, oneOfEverything, workspace } from "../src/scene.ts";

/** What a program that reads and writes JSON would not leave as it is: order, null, numbers, escapes, white space; and much of it. */
const written = (
  length: number,
) => `{ "zeta": null, "alpha": [ 1, 1.0, 1e2, 12345678901234567890 ], "\\u00e9\\n": "é 🐧 \\u2028",\n "nested": {"b": {}, "a": []},
  "": "", "properties": {"unknown": {"type": "string", "x-shown": null}}, "description": "${"l".repeat(length)}" }`;

/** Schemas are worked with, and so are bounded closer. */
const documentFor = (name: string) => written(name === "schema" ? 10_000 : 65_535);

const fieldsOf = ({ input }: DescMethod) =>
  input.fields.filter(({ message, fieldKind }) => message === JsonSchema && fieldKind === "message");
const creates = named(/^Create/).filter(([, method]) => fieldsOf(method).length > 0);

describe.each(dialects)("on %s", (dialect) => {
  let plane: Plane;
  let known: Known;
  let tokens: { readonly control: string; readonly workspace: string };

  beforeAll(async () => {
    plane = await startPlane(dialect);
    const one = await oneOfEverything(plane);
    tokens = { control: plane.admin, workspace: await enter(plane, plane.admin, workspace) };
    const { components } = await plane.client(ComponentService, tokens.workspace).listComponents({});
    known = { ...one, components: components.map(({ id }) => id) };
  }, 60_000);
  afterAll(() => plane.close());

  test.each(creates)("%s keeps documents byte for byte", async (name, method) => {
    const token = isOfWorkspace(method) ? tokens.workspace : tokens.control;
    const documents = Object.fromEntries(fieldsOf(method).map((field) => [field.name, { text: documentFor(field.name) }]));
    const id = newUuid();
    const names = { name: `kept-${id}`, user_name: `kept-${id}` };
    const request = sampleRequest(method, { ...known, ...names, ...special(method, known).asked, ...documents, id });
    const made = await answer(plane, method, request, token);
    expect([made.reason, made.error?.rawMessage]).toEqual(["OK", undefined]);

    const get = sibling(method, new RegExp(`^Get${name.split("/").at(-1)?.slice("Create".length)}$`));
    const subject = (get.output.fields[0] as DescField).name;
    const read = await answer(plane, get, sampleRequest(get, { ...known, [subject]: id }), token);
    for (const field of fieldsOf(method)) {
      for (const { message } of [made, read]) {
        const kept = resourceIn(message, message === made.message ? method : get) as unknown as Record<string, Message | undefined>;
        expect(kept[field.localName], field.name).toMatchObject({ text: documentFor(field.name) });
      }
    }
  });
});
