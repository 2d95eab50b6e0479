import { create } from "@bufbuild/protobuf";
import {
  GetProjectRequestSchema,
  GetProjectResponseSchema,
  ProjectService,
} from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { systemClock } from "@signalbox/runtime/clock.ts";
import { accessTokenVerifier, audienceOf, mintAccessToken } from "@signalbox/runtime/crypto/access-token.ts";
import { newKeyringEntry, parseKeyring } from "@signalbox/runtime/crypto/keys.ts";
import { runTokens } from "@signalbox/runtime/crypto/run-token.ts";
import { serviceTokens } from "@signalbox/runtime/crypto/service-token.ts";
import { newSigningKey } from "@signalbox/runtime/crypto/signing-key.ts";
import { admission } from "@signalbox/runtime/host/admission.ts";
import { openLog } from "@signalbox/runtime/host/log.ts";
import { type Serves, serves } from "@signalbox/runtime/host/part.ts";
import { type LayerNeeds, layers } from "@signalbox/runtime/layers/layers.ts";
import { decisions } from "@signalbox/runtime/policy/decide.ts";
import { createPolicy } from "@signalbox/runtime/policy/policy.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { newUuid, newWorld, teach } from "@signalbox/runtime/testing/world.ts";

/** The call that the path of a call is measured by: signed in, and authorized for the resource that it names. */
export const method = ProjectService.method.getProject;

const project = newUuid();

export const request = create(GetProjectRequestSchema, { project });

/** What is answered, here and by the floors: as large as a project is. */
export const response = create(GetProjectResponseSchema, {
  project: {
    id: project,
    name: "fraud-detection",
    description: "Scores card payments, and learns every night from what was charged back",
    owner: { id: newUuid(), name: "ada" },
    etag: "r1",
    createTime: { seconds: 1_790_000_000n, nanos: 123_456_000 },
    updateTime: { seconds: 1_790_000_000n, nanos: 123_456_000 },
  },
});

/** A service whose handler does nothing, and what its layers need: real tokens, a real policy. */
export function emptyService() {
  const world = newWorld();
  const policy = createPolicy();
  teach(policy, world);
  // The policy of a program is confirmed every second.
  setInterval(() => policy.confirm(policy.revision), 1_000).unref();
  const key = newSigningKey();
  const issuer = "https://signalbox.bench";
  const meshKeys = parseKeyring(newKeyringEntry("m1"));
  const found = Promise.resolve({ id: project, project, owner: world.admin });
  const log = openLog({ service: "registry", level: "warn" });
  const needs: LayerNeeds = {
    service: "registry",
    plane: "workspace",
    accessTokens: accessTokenVerifier({ issuer, keys: async () => key.publicKey, clock: systemClock }),
    runTokens: runTokens(meshKeys, systemClock),
    serviceTokens: serviceTokens(meshKeys, systemClock),
    runEnds: { standing: () => "good" },
    decisions: decisions(policy, () => {
      throw new Error("the policy is known here");
    }),
    resolvers: { project: () => found },
    policy,
    clock: systemClock,
    log,
    admission: admission({ calls: 1_000, streams: 1_000, log }),
    recordRefusal: () => {},
  };
  const grant = { principal_kind: "user", sid: newUuid(), client_id: "bench", aud: audienceOf(world.workspace) } as const;
  const { token } = mintAccessToken({ sub: world.developer, ...grant }, { issuer, key, clock: systemClock, lifetimeSeconds: 3_600 });
  return { service: service(), layers: layers(needs), token };
}

function service(): Serves {
  const others = Object.fromEntries(
    ProjectService.methods.map(({ localName }) => [localName, () => Promise.reject(new Error("not here"))]),
  );
  return serves(ProjectService, { ...others, getProject: async () => response } as unknown as Handlers<typeof ProjectService>);
}
