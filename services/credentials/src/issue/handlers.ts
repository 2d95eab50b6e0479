import type { ConnectorService } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { auditEvent } from "@signalbox/runtime/audit/event.ts";
import { joined } from "@signalbox/runtime/cache/joined.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { newId, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { openSecret } from "../connector/secret.ts";
import { fromKept, methodOf } from "../connector/settings.ts";
import { connectorStore, type Issuing } from "../connector/store.ts";
import type { Context } from "../context.ts";
import type { Ledger } from "../lease/ledger.ts";
import type { Issued, Narrowed } from "../provider/method.ts";
import type { ConnectorRow, IssueRow } from "../tables.ts";
import { cacheKeyOf } from "./cache-key.ts";
import type { Issuer } from "./issuer.ts";
import { toAnswer } from "./mapping.ts";
import type { Minted } from "./minted.ts";

export interface IssueContext extends Context {
  readonly issuer: Issuer;
  readonly ledger: Ledger;
}

export function issueHandlers(context: IssueContext): Pick<Handlers<typeof ConnectorService>, "verifyConnector" | "issueCredential"> {
  const { database, mutate, keys, clock, policy, issuer, ledger } = context;
  const connectors = connectorStore(database, policy);
  const together = joined<Issuing>();

  /** The connector of a call. A thousand steps that begin at once read it a few times. */
  function connectorOf(call: Call): Promise<Issuing> {
    const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
    return together(`${toUuid(workspaceId)}/${toUuid(id)}`, () => connectors.issuing(workspaceId, id));
  }

  async function ask(connector: Issuing, narrowed: Narrowed, call: Call, signal: AbortSignal, timeoutMs?: number): Promise<Issued> {
    const sealer = await keys.sealerOf(connector.workspaceId);
    return methodOf(fromKept(connector)).mint({
      narrowed,
      secret: openSecret(sealer, connector),
      lifetimeSeconds: connector.lifetimeSeconds,
      session: sessionOf(call),
      now: clock(),
      signal,
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
  }

  return {
    async verifyConnector({ resource }, call) {
      const connector = await connectorOf(call);
      const narrowed = methodOf(fromKept(connector)).narrow(resource);
      const { identity, expireTime } = await ask(connector, narrowed, call, call.signal);
      await mutate(call, { subject: toUuid(connector.id) }, async () => {});
      return { identity, expireTime: toTimestamp(expireTime) };
    },

    async issueCredential({ resource, fresh }, call) {
      const connector = await connectorOf(call);
      const narrowed = methodOf(fromKept(connector)).narrow(resource);
      const key = cacheKeyOf(connector, narrowed);
      const mint = async (signal: AbortSignal, timeoutMs?: number): Promise<Minted> => {
        const issueTime = clock();
        const { credential, expireTime } = await ask(connector, narrowed, call, signal, timeoutMs);
        return { mint: toUuid(newId()), credential, issueTime, expireTime };
      };
      for (let revoked: string | undefined; ; ) {
        const minted = await issuer.obtain({ key, mint, fresh: fresh && revoked === undefined, revoked, signal: call.signal });
        const lease = leaseOf(connector, narrowed, key, minted, call, clock());
        const event = auditEvent(call, { subject: toUuid(connector.id) }, { service: "credentials", time: lease.issueTime });
        if (await ledger.submit({ lease, event })) {
          call.audited = true;
          return toAnswer(minted, lease);
        }
        revoked = minted.mint;
      }
    },
  };
}

function leaseOf(
  { workspaceId, id }: ConnectorRow,
  { resource }: Narrowed,
  cacheKey: Buffer,
  minted: Minted,
  call: Call,
  now: number,
): IssueRow {
  return {
    workspaceId,
    id: newId(),
    connectorId: id,
    mintId: toId(minted.mint),
    cacheKey,
    resource,
    principalId: callerId(call),
    runId: call.caller?.kind === "run" ? toId(call.caller.run) : noId,
    issueTime: now,
    expireTime: minted.expireTime,
    revoked: 0,
  };
}

/** Whom the provider's log is to name: the one it was minted for. Whom else it was served to, the leases tell. */
const sessionOf = (call: Call): string =>
  call.caller?.kind === "run" ? `signalbox-run-${call.caller.run}` : `signalbox-${toUuid(callerId(call))}`;
