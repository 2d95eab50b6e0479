import type { CodeAccessService, GetCommitResponse } from "@signalbox/gen/signalbox/credentials/v1/code_access_service_pb.ts";
import { fieldInvalid, notFound } from "@signalbox/runtime/errors.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { noId } from "@signalbox/runtime/ids.ts";
import type { Decisions } from "@signalbox/runtime/policy/decide.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { AddressRefused } from "../outbound/address.ts";
import type { Outward } from "../outbound/outward.ts";
import { providerUnavailable } from "../provider/failure.ts";
import { secretStore } from "../secret/store.ts";
import { usableSecret } from "../secret/usable.ts";
import { openValues } from "../secret/values.ts";
import { repositoryAddress } from "./address.ts";
import { type Asking, placeOf, reach } from "./asking.ts";
import type { CommitFacts } from "./host/host.ts";
import { toCodeAccess } from "./mapping.ts";
import type { CodeRepositories } from "./repositories.ts";
import { codeAccessStore } from "./store.ts";
import type { CodeAccessRow } from "./tables.ts";

export interface CodeContext extends Context {
  readonly decisions: Decisions;
  readonly outward: Outward;
  readonly repositories: CodeRepositories;
}

const usualKey = "token";

export function codeAccessHandlers(context: CodeContext): Handlers<typeof CodeAccessService> {
  const { database, mutate, keys, clock, policy, outward, repositories } = context;
  const accesses = codeAccessStore(database);
  const secrets = secretStore(database, policy);
  const usable = usableSecret(context, context.decisions);
  const asking: Asking = {
    outward,
    accesses,
    async openValue(workspaceId, secretId, name) {
      const sealer = await keys.sealerOf(workspaceId);
      const held = await secrets.value(workspaceId, secretId, name);
      return held && openValues(sealer, [held])[name];
    },
  };
  const reached = (call: Call) => reach(asking, workspaceOf(call), repositories.of(call), call.signal);

  return {
    async setCodeAccess({ secret, key: named, user, apiAddress }, call) {
      const [workspaceId, repository] = [workspaceOf(call), repositories.of(call)];
      repositoryAddress(repository.host, repository.address);
      if (apiAddress !== "") checkApiAddress(outward, apiAddress);
      const key = named || usualKey;
      const found = secret === "" ? undefined : await usable(call, secret);
      if (found && !(await secrets.value(workspaceId, found.id, key))) throw fieldInvalid("key", `the secret has no value "${key}"`);
      const row: CodeAccessRow = {
        ...placeOf(workspaceId, repository),
        host: repository.host,
        address: repository.address,
        apiAddress,
        secretId: found?.id ?? noId,
        secretKey: found ? key : "",
        userName: user,
        principalId: callerId(call),
        updateTime: clock(),
      };
      await mutate(call, { subject: repository.id }, (trx) => accesses.set(trx, row));
      return { codeAccess: toCodeAccess(row, policy) };
    },

    async getCodeAccess(_, call) {
      const repository = repositories.of(call);
      const row = await accesses.find(placeOf(workspaceOf(call), repository));
      if (!row) throw notFound("code_access", repository.id);
      return { codeAccess: toCodeAccess(row, policy) };
    },

    async removeCodeAccess(_, call) {
      const repository = repositories.of(call);
      await mutate(call, { subject: repository.id }, (trx) => accesses.remove(trx, placeOf(workspaceOf(call), repository)));
      return {};
    },

    async verifyCodeRepository(_, call) {
      const { repository } = await reached(call);
      const { account, defaultBranch, isPrivate } = await repository.verify();
      return { account: line(account), defaultBranch: line(defaultBranch), ...(isPrivate !== undefined && { private: isPrivate }) };
    },

    async getCommit({ ref }, call) {
      checkRef(ref);
      const { repository, asked } = await reached(call);
      const facts = await repository.commit(ref, notFound("commit", ref));
      if (!isFullId(facts.commit)) throw providerUnavailable(asked.provider, "answer_unreadable");
      return toCommit(facts);
    },

    async *downloadArchive({ commit }, call) {
      if (!isFullId(commit)) throw fieldInvalid("commit", "it is to be the full id of a commit; GetCommit tells it of a branch or a tag");
      const { repository } = await reached(call);
      // Whoever gets the code is on record, and without the record nobody gets it.
      await mutate(call, { subject: repositories.of(call).id }, async () => {});
      for await (const chunk of repository.archive(commit, notFound("commit", commit))) yield { chunk };
    },
  };
}

/** What git takes for the name of a ref (git-check-ref-format(1)), so that none leads to another place of the host's API. */
function checkRef(ref: string): void {
  const odd = /[~^:?*[\\\p{Cc}\s]|\.\.|@\{|\/\/|\/\.|^[-/.]|[/.]$/u.test(ref);
  if (odd) throw fieldInvalid("ref", "it is to be a branch, a tag or the id of a commit, as git spells them");
}

const isFullId = (commit: string): boolean => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit);

const toCommit = ({ commit, message, author, time }: CommitFacts): Omit<GetCommitResponse, "$typeName"> => ({
  commit,
  title: line(message),
  author: line(author),
  ...(time !== undefined && { commitTime: toTimestamp(time) }),
});

/** The first line of what a host said: it may hold anything. */
const line = (text: string): string =>
  (text.trimStart().split(/[\r\n]/, 1)[0] ?? "")
    .replace(/\p{Cc}/gu, " ")
    .trim()
    .slice(0, 255);

function checkApiAddress(outward: Outward, text: string): void {
  if (/[\\?#%@]/.test(text) || /\/\.{1,2}(\/|$)/.test(text) || !URL.canParse(text)) {
    throw fieldInvalid(
      "api_address",
      "it is to be an https URL without user, query, fragment, backslash, percent signs and dots as segments",
    );
  }
  try {
    outward(new URL(text));
  } catch (error) {
    if (error instanceof AddressRefused) throw fieldInvalid("api_address", "it may not be reached from here; see SIGNALBOX_PRIVATE_HOSTS");
    throw error;
  }
}
