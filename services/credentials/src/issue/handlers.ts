import type { ConnectorService } from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { auditEvent } from "@signalbox/runtime/audit/event.ts";
import { joined } from "@signalbox/runtime/cache/joined.ts";
import { notFound } from "@signalbox/runtime/errors.ts";
import { newId, noId, toId, toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import { openSecret } from "../connector/secret.ts";
import { connectorStore } from "../connector/store.ts";
import type { Context } from "../context.ts";
import type { Ledger } from "../lease/ledger.ts";
import type { Issued, Narrowed } from "../provider/method.ts";
import type { ConnectorRow, IssueRow } from "../tables.ts";
import type { Issuer, Wanted } from "./issuer.ts";
import { type Known, type KnownConnectors, knownOf, type Place, placeOf } from "./known.ts";
import { toAnswer } from "./mapping.ts";
import type { Minted } from "./minted.ts";
import { sessionOf } from "./session.ts";

export interface IssueContext extends Context {
  readonly issuer: Issuer;
  readonly ledger: Ledger;
  readonly known: KnownConnectors;
}

export function issueHandlers(context: IssueContext): Pick<Handlers<typeof ConnectorService>, "issueCredential"> {
  const { database, keys, clock, policy, issuer, ledger, known } = context;
  const connectors = connectorStore(database, policy);
  const together = joined<Known>();

  /** The connector of a call, as it is now. A thousand steps that begin at once read it a few times. */
  async function read(call: Call): Promise<Known> {
    const [workspaceId, id] = [workspaceOf(call), grantedId(call)];
    const workspace = toUuid(workspaceId);
    const read = await together(`${workspace}/${toUuid(id)}`, async () => {
      const found = knownOf(await connectors.issuing(workspaceId, id));
      known.keep(workspace, found);
      return found;
    });
    // Authorize may have gone by what was known a moment ago: an id that was brought again since belongs to somebody else.
    if (read.resolved.owner !== call.granted?.resource?.owner) throw notFound("connector", toUuid(id));
    return read;
  }

  /** What can be handed out by what is known already. */
  function atHand(resource: string, { granted }: Call): Offer | undefined {
    const connector = known.of(granted?.resource);
    if (connector && connector.renewMs < performance.now()) {
      connector.renewMs = Number.POSITIVE_INFINITY;
      return undefined;
    }
    const place = connector?.places.get(resource);
    const minted = place && issuer.atHand(place.name);
    return connector && place && minted && { by: connector, place, minted };
  }

  /** What can be handed out after the database, the cache and, where need be, the provider were asked. */
  async function asked(resource: string, call: Call, wanted: Pick<Wanted, "fresh" | "revoked">): Promise<Offer> {
    const by = await read(call);
    const place = placeOf(by, resource);
    const mint = async (signal: AbortSignal, timeoutMs?: number): Promise<Minted> => {
      const issueTime = clock();
      const { credential, expireTime } = await ask(by, place.narrowed, call, signal, timeoutMs);
      return { mint: toUuid(newId()), credential, issueTime, expireTime };
    };
    return { by, place, minted: await issuer.obtain({ ...wanted, name: place.name, mint, signal: call.signal }) };
  }

  async function ask(
    { connector, method }: Known,
    narrowed: Narrowed,
    call: Call,
    signal: AbortSignal,
    timeoutMs?: number,
  ): Promise<Issued> {
    const sealer = await keys.sealerOf(connector.workspaceId);
    return method.mint({
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
    async issueCredential({ resource, fresh }, call) {
      let offer = fresh ? undefined : atHand(resource, call);
      for (let revoked: string | undefined; ; offer = undefined) {
        const { by, place, minted } = offer ?? (await asked(resource, call, { fresh: fresh && revoked === undefined, revoked }));
        const { connector, resolved } = by;
        const lease = leaseOf(connector, place, minted, call, clock());
        const event = auditEvent(call, { subject: resolved.id }, { service: "credentials", time: lease.issueTime });
        const outcome = await ledger.submit({ lease, event, connector });
        if (outcome === "written") {
          call.audited = true;
          return toAnswer(minted, lease);
        }
        if (outcome === "revoked") revoked = minted.mint;
        else known.forget(toUuid(connector.workspaceId), by);
      }
    },
  };
}

/** A credential to be handed out, unless the ledger knows better. */
interface Offer {
  readonly by: Known;
  readonly place: Place;
  readonly minted: Minted;
}

function leaseOf(
  { workspaceId, id }: ConnectorRow,
  { narrowed: { resource }, key: cacheKey }: Place,
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
