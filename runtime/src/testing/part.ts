import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient, createRouterTransport, type ServiceImpl, type Transport } from "@connectrpc/connect";
import { AuthService } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { memoryCache } from "../cache/memory.ts";
import { memoryWakeups } from "../cache/wakeups.ts";
import { systemClock } from "../clock.ts";
import type { ServiceName } from "../contract/services.ts";
import { audienceOf, mintAccessToken } from "../crypto/access-token.ts";
import { newKeyringEntry, parseKeyring } from "../crypto/keys.ts";
import { runTokens } from "../crypto/run-token.ts";
import { serviceTokens } from "../crypto/service-token.ts";
import { newSigningKey, toJwks } from "../crypto/signing-key.ts";
import { openLog } from "../host/log.ts";
import type { Assemble, Needs, Part } from "../host/part.ts";
import { program } from "../host/program.ts";
import { createPeers } from "../peers/create-peers.ts";
import { directTransport } from "../peers/direct.ts";
import { createPolicy } from "../policy/policy.ts";
import type { ServedMethods } from "../rpc/layered.ts";
import { openDatabase } from "../store/database.ts";
import { migrate } from "../store/migrate.ts";
import { newUuid, teach, type World } from "./world.ts";

/** Who calls in a test. */
export type TestCaller =
  | { readonly principal: string; readonly workspace?: string | undefined; readonly credential?: string }
  | { readonly run: string; readonly project: string; readonly owner: string; readonly workspace: string; readonly generation?: number }
  | { readonly service: string }
  | { readonly nobody: true };

/** The answer of a service that is not under test: `fake(ProjectService, { resolveProjects: () => ({ projects: [] }) })`. */
export interface Fake {
  readonly service: DescService;
  readonly impl: Partial<ServiceImpl<DescService>>;
}

export const fake = <S extends DescService>(service: S, impl: Partial<ServiceImpl<S>>): Fake => ({
  service,
  impl: impl as Partial<ServiceImpl<DescService>>,
});

export interface PartOptions {
  readonly name: ServiceName;
  readonly assemble: Assemble;
  /** A database of its own, or one that several replicas share. */
  readonly url: string;
  readonly world: World;
  /** The services that it calls. What is not faked answers UNIMPLEMENTED. */
  readonly fakes?: readonly Fake[];
  /** What replicas share beside the database: the cache, the wake-ups, the keys, the policy. */
  readonly needs?: Partial<Needs>;
}

export interface PartUnderTest {
  readonly part: Part;
  readonly needs: Needs;
  readonly methods: ServedMethods;
  /** A client through all layers, as somebody. */
  client<S extends DescService>(service: S, as: TestCaller): Client<S>;
  /** Lets the duties run until the part is closed. */
  startDuties(): void;
  close(): Promise<void>;
}

const issuer = "https://signalbox.test";
const signing = newSigningKey();

/** Assembles one service on a real database behind the real layers; the services around it are fakes. */
export async function partUnderTest({ name, assemble, url, world, fakes = [], needs: given = {} }: PartOptions): Promise<PartUnderTest> {
  const clock = given.clock ?? systemClock;
  const meshKeys = given.meshKeys ?? parseKeyring(newKeyringEntry("m1"));
  const tokens = serviceTokens(meshKeys, clock);
  const policy = given.policy ?? createPolicy();
  if (!given.policy) teach(policy, world);
  let methods: ServedMethods = new Map();
  const faked = fakeTransport(fakes);
  const own = (caller?: string): Transport =>
    directTransport({ callee: name, proof: caller === undefined ? undefined : { caller, tokens }, methods: () => methods, copies: true });
  const log = openLog({ service: name, level: "silent" });
  const needs: Needs = {
    open: async (migrations) => {
      const database = openDatabase<never>(url);
      await migrate(database, name, migrations);
      return database as never;
    },
    peers: createPeers((callee) => (callee === name ? own(name) : faked)),
    clock,
    cache: memoryCache(),
    wakeups: memoryWakeups(),
    meshKeys,
    sealingKeys: parseKeyring(newKeyringEntry("s1")),
    privateHosts: [],
    issuer,
    policy,
    log,
    ...given,
  };
  const part = await assemble(needs);
  methods = program(name, part, needs);
  const stopping = new AbortController();
  let duties: readonly Promise<void>[] = [];
  return {
    part,
    needs,
    methods,
    client: (service, as) => createClient(service, withToken(own("service" in as ? as.service : undefined), tokenOf(as, needs))),
    startDuties() {
      duties = part.duties.map((duty) => duty(stopping.signal));
    },
    async close() {
      stopping.abort();
      await Promise.all(duties);
      await part.close();
    },
  };
}

function fakeTransport(fakes: readonly Fake[]): Transport {
  return createRouterTransport((router) => {
    for (const { service, impl } of fakes) router.service(service, impl);
    if (!fakes.some(({ service }) => service === AuthService)) {
      const [jwk] = toJwks([signing.publicKey]).keys;
      router.rpc(AuthService.method.listSigningKeys, () => ({ signingKeys: [{ id: signing.id, jwk: JSON.stringify(jwk) }] }));
    }
  });
}

function tokenOf(as: TestCaller, { clock, meshKeys }: Needs): string | undefined {
  if ("run" in as) return runTokens(meshKeys, clock).mint({ ...as, sub: as.owner, generation: as.generation ?? 1 }, 3600).token;
  if (!("principal" in as)) return undefined;
  const grant = {
    sub: as.principal,
    principal_kind: "user",
    sid: as.credential ?? newUuid(),
    client_id: "test",
    aud: audienceOf(as.workspace),
  } as const;
  return mintAccessToken(grant, { issuer, key: signing, clock, lifetimeSeconds: 900 }).token;
}

/** The edge's part: the token of the person goes with every call. */
function withToken(transport: Transport, token: string | undefined): Transport {
  const headers = (given: unknown): Headers => {
    const merged = new Headers(given as Headers | undefined);
    if (token !== undefined) merged.set("authorization", `Bearer ${token}`);
    return merged;
  };
  return {
    unary: (method, signal, timeoutMs, header, input, values) => transport.unary(method, signal, timeoutMs, headers(header), input, values),
    stream: (method, signal, timeoutMs, header, input, values) =>
      transport.stream(method, signal, timeoutMs, headers(header), input, values),
  };
}
