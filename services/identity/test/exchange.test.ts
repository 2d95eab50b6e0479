import { create } from "@bufbuild/protobuf";
import type { CallOptions } from "@connectrpc/connect";
import { PolicyChangeSchema } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { decodeJwt } from "@signalbox/runtime/crypto/jwt.ts";
import { dialects, type FreshDatabase, freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { give, newUuid, takeAway } from "@signalbox/runtime/testing/world.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bearer, type Fixture, failureOf, identityUnderTest, reasonOf, signedIn } from "./fixtures.ts";

describe.each(dialects)("exchanging on %s", (dialect) => {
  let fresh: FreshDatabase;
  let it: Fixture;
  let tokens: Record<"admin" | "developer" | "stranger", string>;
  const tokenOf = (as: CallOptions) => new Headers(as.headers).get("authorization")?.slice("Bearer ".length) ?? "";
  beforeAll(async () => {
    fresh = await freshDatabase(dialect);
    it = await identityUnderTest(fresh.url);
    const signIn = async (principal: string) => tokenOf(await signedIn(it, principal));
    tokens = {
      admin: await signIn(it.world.admin),
      developer: await signIn(it.world.developer),
      stranger: await signIn(it.world.stranger),
    };
  });
  afterAll(async () => {
    await it?.close();
    await fresh?.drop();
  });
  const exchange = (credential: string, workspace = "", controlPlane = false) =>
    it.auth.exchangeToken({ credential, workspace, controlPlane });
  const claimsOf = (token: string) => decodeJwt(token, { algorithm: "ES256", type: "at+jwt" }).claims;

  /** A second workspace of the world's organization, for as long as `work` takes. */
  async function withAnother(work: (id: string) => Promise<void>): Promise<void> {
    const id = newUuid();
    const { policy } = it.needs;
    const workspaces = [{ id, name: "studio", organization: it.world.organization }];
    policy.apply(create(PolicyChangeSchema, { workspaces }), policy.revision + 1);
    await work(id);
    // Moved out of the world's reach: the feed of this test has no deletions.
    const elsewhere = [{ id, name: "studio", organization: newUuid() }];
    policy.apply(create(PolicyChangeSchema, { workspaces: elsewhere }), policy.revision + 1);
  }

  test("binds a token to the workspace by name, by id, or to the only one there is", async () => {
    for (const workspace of [it.world.workspaceName, it.world.workspace, it.world.workspace.toUpperCase(), ""]) {
      const answer = await exchange(tokens.developer, workspace);
      expect(answer).toMatchObject({ workspace: it.world.workspace, principal: { id: it.world.developer } });
      expect(claimsOf(answer.accessToken)).toMatchObject({
        aud: `urn:signalbox:workspace:${it.world.workspace}`,
        sub: it.world.developer,
        sid: claimsOf(tokens.developer).sid,
        principal_kind: "user",
      });
    }
  });

  test("yields tokens for the control plane", async () => {
    const { accessToken, workspace } = await exchange(tokens.stranger, "", true);
    expect(workspace).toBe("");
    expect((await it.auth.getSelf({}, bearer(accessToken))).principal?.id).toBe(it.world.stranger);
    expect(await reasonOf(exchange(tokens.stranger, "lab", true))).toBe("FIELD_INVALID");
  });

  test("asks which workspace where there are several", async () => {
    await withAnother(async (id) => {
      const failure = await failureOf(exchange(tokens.admin));
      expect(failure.violations).toMatchObject([{ field: "workspace", description: 'must name one of "lab", "studio"' }]);
      expect((await exchange(tokens.admin, "studio")).workspace).toBe(id);
      expect((await exchange(tokens.developer)).workspace).toBe(it.world.workspace);
      expect(await reasonOf(exchange(tokens.developer, "studio"))).toBe("NOT_FOUND");
    });
  });

  test("tells of no workspace that the principal may not enter", async () => {
    expect(await reasonOf(exchange(tokens.stranger, "lab"))).toBe("NOT_FOUND");
    expect(await reasonOf(exchange(tokens.stranger))).toBe("NOT_FOUND");
    expect(await reasonOf(exchange(tokens.admin, "no-such-workspace"))).toBe("NOT_FOUND");
  });

  test("waits a moment for a role that was just given", async () => {
    const waiting = exchange(tokens.stranger, "lab");
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { organization, workspace } = it.world;
    const binding = give(it.needs.policy, it.world.stranger, "workspace-viewer", { organization, workspace });
    expect((await waiting).workspace).toBe(workspace);
    takeAway(it.needs.policy, binding);
  });

  test("never prolongs a token, and keeps the session that it stands for", async () => {
    it.clock.advance(600);
    const { accessToken } = await exchange(tokens.developer, "lab");
    expect(claimsOf(accessToken)).toMatchObject({ exp: claimsOf(tokens.developer).exp, sid: claimsOf(tokens.developer).sid });
    const again = await exchange(tokens.developer, "", true);
    expect(claimsOf(again.accessToken).exp).toBe(claimsOf(tokens.developer).exp);
    it.clock.advance(311);
    expect(await reasonOf(exchange(again.accessToken, "lab"))).toBe("TOKEN_EXPIRED");
  });

  test("refuses tokens that are bound to a workspace, forged or ended", async () => {
    const mine = tokenOf(await signedIn(it, newUuidKnown()));
    const { accessToken } = await exchange(mine, "lab");
    expect(await reasonOf(exchange(accessToken, "lab"))).toBe("TOKEN_AUDIENCE_WRONG");
    const [head, body] = mine.split(".");
    expect(await reasonOf(exchange(`${head}.${body}.${"A".repeat(86)}`))).toBe("TOKEN_INVALID");
    for (const nonsense of ["x", "a.b.c", "Bearer x"]) expect(await reasonOf(exchange(nonsense))).toBe("TOKEN_INVALID");
    await it.auth.signOut({}, bearer(mine));
    expect(await reasonOf(exchange(mine, "lab"))).toBe("TOKEN_REVOKED");
  });

  /** The id of somebody with a role in the workspace. */
  function newUuidKnown(): string {
    const id = newUuid();
    give(it.needs.policy, id, "workspace-viewer", { organization: it.world.organization, workspace: it.world.workspace });
    return id;
  }
});
