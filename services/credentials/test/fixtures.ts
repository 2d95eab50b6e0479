import { randomBytes } from "node:crypto";
import { create, fromBinary } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { type AuditEvent, AuditEventSchema } from "@signalbox/gen/signalbox/audit/v1/audit_pb.ts";
import { CodeAccessService } from "@signalbox/gen/signalbox/credentials/v1/code_access_service_pb.ts";
import { ConnectorService } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { SecretService } from "@signalbox/gen/signalbox/credentials/v1/secret_service_pb.ts";
import {
  type CodeRepository,
  CodeRepositorySchema,
  CodeRepositoryService,
} from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { RunStateService } from "@signalbox/gen/signalbox/runs/v1/run_state_service_pb.ts";
import { newKeyringEntry, parseKeyring } from "@signalbox/runtime/crypto/keys.ts";
import type { Needs } from "@signalbox/runtime/host/part.ts";
import { createPolicy } from "@signalbox/runtime/policy/policy.ts";
import { openDatabase } from "@signalbox/runtime/store/database.ts";
import type { DialectName } from "@signalbox/runtime/store/dialect/dialect.ts";
import { freshDatabase } from "@signalbox/runtime/testing/databases.ts";
import { fake, type PartUnderTest, partUnderTest } from "@signalbox/runtime/testing/part.ts";
import { newUuid, newWorld, teach, type World } from "@signalbox/runtime/testing/world.ts";
import { credentials } from "../src/index.ts";
import type { CredentialsTables } from "../src/tables.ts";

/** What the replicas of a plane share. */
export interface Plane {
  readonly url: string;
  readonly world: World;
  /** One more replica over the same database and keys. */
  replica(needs?: Partial<Needs>): Promise<Replica>;
  /** Another workspace of the same plane. */
  otherWorld(): World;
  /** The tables, for tests that look beneath the service. */
  readonly database: ReturnType<typeof openDatabase<CredentialsTables>>;
  /** Has the registry that the service asks know a code repository, of the developer's. */
  register(repository: Partial<Omit<CodeRepository, "$typeName" | "$unknown">>): CodeRepository;
  close(): Promise<void>;
}

export interface Replica extends PartUnderTest {
  readonly secrets: ReturnType<typeof clients>["secrets"];
  readonly connectors: ReturnType<typeof clients>["connectors"];
  readonly code: ReturnType<typeof clients>["code"];
  as(principal: string, workspace?: string): ReturnType<typeof clients>;
}

function clients(part: PartUnderTest, principal: string, workspace: string) {
  return {
    secrets: part.client(SecretService, { principal, workspace }),
    connectors: part.client(ConnectorService, { principal, workspace }),
    code: part.client(CodeAccessService, { principal, workspace }),
  };
}

/** A database with any number of replicas of the service over it. */
export async function plane(dialect: DialectName): Promise<Plane> {
  const { url, drop } = await freshDatabase(dialect);
  const database = openDatabase<CredentialsTables>(url);
  const [world, policy] = [newWorld(), createPolicy()];
  teach(policy, world);
  const shared = {
    policy,
    meshKeys: parseKeyring(newKeyringEntry("m1")),
    sealingKeys: parseKeyring(newKeyringEntry("s1")),
  };
  // Every run goes on.
  const runs = fake(RunStateService, { batchGetRunStates: ({ runs }) => ({ states: runs.map((run) => ({ run })) }) });
  const registered = new Map<string, CodeRepository>();
  const registry = fake(CodeRepositoryService, {
    getCodeRepository({ codeRepository: id }) {
      const codeRepository = registered.get(id);
      if (!codeRepository) throw new ConnectError("there is none", Code.NotFound);
      return { codeRepository };
    },
  });
  const replicas: PartUnderTest[] = [];
  return {
    url,
    world,
    database,
    async replica(needs = {}) {
      const part = await partUnderTest({
        name: "credentials",
        assemble: credentials,
        url,
        world,
        fakes: [runs, registry],
        needs: { ...shared, ...needs },
      });
      replicas.push(part);
      const as = (principal: string, workspace = world.workspace) => clients(part, principal, workspace);
      return {
        ...part,
        as,
        // With a token of the moment: tests move the clock further than a token lives.
        get secrets() {
          return as(world.developer).secrets;
        },
        get connectors() {
          return as(world.developer).connectors;
        },
        get code() {
          return as(world.developer).code;
        },
      };
    },
    otherWorld() {
      const other = newWorld();
      teach(policy, other);
      return other;
    },
    register(fields) {
      const owner = { id: world.developer };
      const made = create(CodeRepositorySchema, {
        id: newUuid(),
        name: aName(),
        project: newUuid(),
        owner,
        createTime: timestampNow(),
        ...fields,
      });
      registered.set(made.id, made);
      return made;
    },
    async close() {
      for (const part of replicas) await part.close();
      await database.close();
      await drop();
    },
  };
}

export const aName = (prefix = "it"): string => `${prefix}-${randomBytes(4).toString("hex")}`;

/** A clock that tests move. */
export interface TestClock {
  (): number;
  advance(seconds: number): void;
}

export function testClock(): TestClock {
  let ahead = 0;
  let last = 0;
  const clock = () => {
    last = Math.max(last + 1, Date.now() * 1000 + ahead);
    return last;
  };
  return Object.assign(clock, {
    advance: (seconds: number) => {
      ahead += seconds * 1_000_000;
    },
  });
}

/** All that the tables hold, as text, in every form that bytes might be read in. */
export async function dumpOf({ database }: Pick<Plane, "database">): Promise<string> {
  const tables = [
    "credentials_data_key",
    "credentials_secret",
    "credentials_secret_value",
    "credentials_connector",
    "credentials_connector_secret",
    "credentials_connector_resource_type",
    "credentials_word",
    "credentials_label",
    "credentials_issue",
    "credentials_code_access",
    "credentials_outbox",
  ] as const;
  const spelled = (value: unknown) =>
    Buffer.isBuffer(value) ? [value.toString("latin1"), value.toString("base64"), value.toString("hex")] : value;
  const texts = await Promise.all(
    tables.map(async (table) => {
      const rows = await database.db.selectFrom(table).selectAll().execute();
      return rows.map((row) => JSON.stringify(Object.values(row).map(spelled))).join("\n");
    }),
  );
  return texts.join("\n");
}

/** How a canary would look in a dump. */
export const spellings = (canary: string): string[] => {
  const bytes = Buffer.from(canary);
  return [canary, bytes.toString("hex"), bytes.toString("base64").replace(/=+$/, "").slice(0, -2)];
};

/** The audit events of a method, oldest first. */
export async function auditOf({ database }: Pick<Plane, "database">, method: string): Promise<AuditEvent[]> {
  const rows = await database.db.selectFrom("credentials_outbox").selectAll().where("kind", "=", "audit").orderBy("id").execute();
  return rows.map(({ payload }) => fromBinary(AuditEventSchema, payload)).filter((event) => event.method.endsWith(`/${method}`));
}
