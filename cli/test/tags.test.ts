import { TagColor } from "@signalbox/gen/signalbox/registry/v1/tag_pb.ts";
import { type CreateTagRequest, TagService } from "@signalbox/gen/signalbox/registry/v1/tag_service_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FakeServer, startServer } from "./fake-server.ts";
import { emptyHome, runCli } from "./run-cli.ts";

let server: FakeServer;
let env: Record<string, string>;
let created: CreateTagRequest | undefined;

beforeAll(async () => {
  server = await startServer(({ service }) => {
    service(TagService, {
      createTag: async (request) => {
        created = request;
        return { tag: { name: request.name } };
      },
    });
  });
  env = { ...(await emptyHome()), SIGNALBOX_URL: server.url, SIGNALBOX_API_KEY: "sbk_1" };
});
afterAll(() => server.close());

test.each([
  [[], TagColor.UNSPECIFIED],
  [["--tag-color", "green"], TagColor.GREEN],
  [["--tag-color", "green", "--no-color"], TagColor.GREEN],
])("a tag is created, with %o", async (options, color) => {
  const ran = await runCli(["tags", "create", "nightly", ...options], { env });
  expect(ran).toMatchObject({ code: 0, out: "tag nightly created\n" });
  expect(created).toMatchObject({ name: "nightly", color });
});

test("a color that there is not is refused with those that there are", async () => {
  const ran = await runCli(["tags", "create", "nightly", "--tag-color", "beige"], { env });
  expect(ran).toMatchObject({ code: 2, err: expect.stringContaining("green") });
});
