import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { CodeHost, type CodeRepository } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { notFound, SignalboxError } from "@signalbox/runtime/errors.ts";
import { toMicros } from "@signalbox/runtime/events/timestamp.ts";
import { type Id, noId, toId } from "@signalbox/runtime/ids.ts";
import type { Outward } from "../outbound/outward.ts";
import { providerRefused } from "../provider/failure.ts";
import { repositoryAddress } from "./address.ts";
import type { Asked } from "./host/ask.ts";
import type { HostedRepository } from "./host/host.ts";
import { hosts } from "./host/hosts.ts";
import type { codeAccessStore } from "./store.ts";
import type { CodeAccessRow } from "./tables.ts";

export interface Asking {
  readonly outward: Outward;
  readonly accesses: ReturnType<typeof codeAccessStore>;
  /** A value of a secret in clear; undefined where there is none. */
  readonly openValue: (workspaceId: Id, secretId: Id, name: string) => Promise<string | undefined>;
}

export interface Reached {
  readonly repository: HostedRepository;
  readonly asked: Asked;
}

/** The host of a code repository, ready to be asked with what the repository was given. */
export async function reach(asking: Asking, workspaceId: Id, repository: CodeRepository, signal: AbortSignal): Promise<Reached> {
  const { host: kind } = repository;
  const access = await asking.accesses.find(placeOf(workspaceId, repository));
  if (access && (access.host !== kind || access.address !== repository.address)) throw outdated(repository);
  const address = repositoryAddress(kind, repository.address);
  const spoken = hosts[kind];
  if (!spoken) throw new Error(`host ${kind} has an address and cannot be spoken to`);
  const { provider, host } = spoken;
  const authorization = access && (await authorizationOf(asking, kind, access));
  if (authorization !== undefined && !/^[\x20-\x7e]+$/.test(authorization)) throw providerRefused(provider, "token_unusable");
  const asked: Asked = { provider, outward: asking.outward, authorization, signal };
  return { repository: host({ address, apiAddress: (access?.apiAddress ?? "").replace(/\/+$/, "") }, asked), asked };
}

/** Which of all accesses is that of a repository. */
export const placeOf = (workspaceId: Id, { id, createTime }: CodeRepository) => ({
  workspaceId,
  codeRepositoryId: toId(id),
  repositoryTime: toMicros(createTime),
});

async function authorizationOf(
  { openValue }: Asking,
  kind: CodeHost,
  { workspaceId, secretId, secretKey, userName }: CodeAccessRow,
): Promise<string | undefined> {
  if (secretId.equals(noId)) return undefined;
  const token = await openValue(workspaceId, secretId, secretKey);
  if (token === undefined) throw notFound("value of the secret", secretKey);
  const user = userName || (kind === CodeHost.GIT ? "git" : "");
  return user === "" ? `Bearer ${token}` : `Basic ${Buffer.from(`${user}:${token}`).toString("base64")}`;
}

const outdated = ({ id, name }: CodeRepository) =>
  new SignalboxError(
    Reason.ACCESS_OUTDATED,
    `"${name}" has another address or host than the one that its token was given for; give it the token again`,
    { metadata: { code_repository: id } },
  );
