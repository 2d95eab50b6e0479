import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { AuthorizationService, Question } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { SignalboxError } from "@signalbox/runtime/errors.ts";
import { holds } from "@signalbox/runtime/events/holds.ts";
import { toId } from "@signalbox/runtime/ids.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { toRoleBinding } from "../binding/mapping.ts";
import type { BindingStore } from "../binding/store.ts";
import type { watchPolicy } from "../feed/watch.ts";
import { explain } from "./explain.ts";
import { asking, isAllowed, mayAsk, whom } from "./question.ts";

export interface DecisionOptions {
  readonly policy: Policy;
  readonly bindings: BindingStore;
  readonly watch: ReturnType<typeof watchPolicy>;
}

/** The longest that a call waits for a revision, where its own deadline is later. */
const patienceMs = 60_000;

export function decisionHandlers({ policy, bindings, watch }: DecisionOptions): Handlers<typeof AuthorizationService> {
  /** Waits until the policy takes in a revision. Fails with DEADLINE_EXCEEDED. */
  async function reached(revision: bigint, signal: AbortSignal): Promise<void> {
    if (await holds(policy, () => BigInt(policy.revision) >= revision, patienceMs, signal)) return;
    throw new SignalboxError(Reason.DEADLINE_EXCEEDED, `the policy has not reached revision ${revision} in time`);
  }

  return {
    async check({ question, atLeastRevision }, call) {
      if (atLeastRevision > 0n) await reached(atLeastRevision, call.signal);
      const allowed = isAllowed(policy, asking(policy, call)(question as Question));
      return { allowed, revision: BigInt(policy.revision) };
    },

    async batchCheck({ questions, atLeastRevision }, call) {
      if (atLeastRevision > 0n) await reached(atLeastRevision, call.signal);
      const ask = asking(policy, call);
      const allowed = questions.map((question) => isAllowed(policy, ask(question)));
      return { allowed, revision: BigInt(policy.revision) };
    },

    async listAllowed({ principal, permission, workspace: reference }, call) {
      const workspace = reference.toLowerCase();
      const organization = policy.workspace(workspace)?.organization;
      const asked = { principal: whom(principal, call), place: { organization, workspace }, real: organization !== undefined };
      mayAsk(policy, asked, call);
      const revision = BigInt(policy.revision);
      if (!asked.real) return { revision };
      const visible = policy.visible(asked.principal, permission, workspace);
      if (visible.all) return { all: true, revision };
      const { projects, ownIn } = visible;
      return { projects: [...projects], own: ownIn === undefined, ownProjects: [...(ownIn ?? [])], revision };
    },

    async explain({ question }, call) {
      const asked = asking(policy, call)(question as Question);
      const { granted, missingRoles, ...explanation } = explain(policy, asked);
      const rows = await bindings.getAll(granted.map(toId));
      return { ...explanation, granted: rows.map((row) => toRoleBinding(row, policy)), missingRoles: [...missingRoles] };
    },

    watchPolicy: ({ workspace, afterRevision }, { signal }) =>
      watch({ workspace: workspace.toLowerCase(), after: Number(afterRevision), signal }),
  };
}
