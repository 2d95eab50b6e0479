import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { createRouterTransport } from "@connectrpc/connect";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { createPeers } from "@signalbox/runtime/peers/create-peers.ts";
import { beforeEach, expect, test } from "vitest";
import { credentials } from "../src/credentials.ts";

let asked: { credential: string; workspace: string; controlPlane: boolean }[] = [];
let now = 1_000_000;
beforeEach(() => {
  asked = [];
  issued = undefined;
});

/** What identity answers, if not a token that says nothing of itself. */
let issued: string | undefined;

const transport = createRouterTransport(({ service }) =>
  service(AuthService, {
    exchangeToken: ({ credential, workspace, controlPlane }) => {
      asked.push({ credential, workspace, controlPlane });
      return { accessToken: issued ?? `token-${asked.length}`, expireTime: timestampFromMs(now + 900_000) };
    },
  }),
);
const make = () =>
  credentials(
    createPeers(() => transport),
    () => now,
  );

const jwt = (aud: string) => `eyJ0.${Buffer.from(JSON.stringify({ aud })).toString("base64url")}.sig`;
const control = jwt("urn:signalbox:control");

test("a key is exchanged once, for any number of calls at once", async () => {
  const { tokenFor } = make();
  const tokens = await Promise.all(Array.from({ length: 50 }, () => tokenFor("sbk_key", "workspace", "lab")));
  expect(new Set(tokens)).toEqual(new Set(["token-1"]));
  expect(asked).toEqual([{ credential: "sbk_key", workspace: "lab", controlPlane: false }]);
});

test("a key is exchanged apart for each workspace and for the control plane", async () => {
  const { tokenFor } = make();
  await tokenFor("sbk_key", "workspace", "lab");
  await tokenFor("sbk_key", "workspace", "production");
  await tokenFor("sbk_key", "control", "lab");
  expect(asked.map(({ workspace, controlPlane }) => [workspace, controlPlane])).toEqual([
    ["lab", false],
    ["production", false],
    ["", true],
  ]);
});

test("what was exchanged is renewed before it expires", async () => {
  const { tokenFor } = make();
  await tokenFor("sbk_key", "workspace", "");
  now += 830_000;
  expect(await tokenFor("sbk_key", "workspace", "")).toBe("token-1");
  now += 20_000;
  expect(await tokenFor("sbk_key", "workspace", "")).toBe("token-2");
});

test("how long it lives is counted from when it came, whatever the clock of whoever issued it shows", async () => {
  const { tokenFor } = make();
  const ahead = now / 1_000 + 300;
  issued = `eyJ0.${Buffer.from(JSON.stringify({ iat: ahead, exp: ahead + 900 })).toString("base64url")}.sig`;
  await tokenFor("sbk_key", "workspace", "");
  now += 830_000;
  await tokenFor("sbk_key", "workspace", "");
  expect(asked).toHaveLength(1);
  now += 20_000;
  await tokenFor("sbk_key", "workspace", "");
  expect(asked).toHaveLength(2);
});

test("run tokens and tokens that fit pass as they are; control tokens are exchanged for a workspace", async () => {
  const { tokenFor } = make();
  const fitting = jwt("urn:signalbox:workspace:1");
  expect(await tokenFor("sbt_run", "workspace", "")).toBe("sbt_run");
  expect(await tokenFor(fitting, "workspace", "")).toBe(fitting);
  expect(await tokenFor(control, "control", "")).toBe(control);
  expect(asked).toEqual([]);
  expect(await tokenFor(control, "workspace", "lab")).toBe("token-1");
});
