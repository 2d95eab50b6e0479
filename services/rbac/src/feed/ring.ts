import type { PolicyChange } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";

/** The latest changes of the policy, for watchers to read at their own pace: bounded, and shared by all of them. */
export interface Ring {
  add(change: PolicyChange): void;
  /** Changes after a revision, oldest first; undefined where some of them are not kept any more. */
  after(revision: number): readonly PolicyChange[] | undefined;
  /** Starts over: nothing before this revision is known. */
  restart(revision: number): void;
}

/** Keeps as many of the newest changes as have at most `mostFacts` facts together, and always the last. */
export function ring(mostFacts: number): Ring {
  let changes: PolicyChange[] = [];
  let facts = 0;
  /** The revision that the oldest kept change follows. */
  let base = 0;
  return {
    add(change) {
      changes.push(change);
      facts += size(change);
      while (facts > mostFacts && changes.length > 1) {
        const [oldest] = changes as [PolicyChange];
        changes = changes.slice(1);
        facts -= size(oldest);
        base = Number(oldest.revision);
      }
    },
    after(revision) {
      if (revision < base) return undefined;
      const first = changes.findIndex((change) => Number(change.revision) > revision);
      return first === -1 ? [] : changes.slice(first);
    },
    restart(revision) {
      changes = [];
      facts = 0;
      base = revision;
    },
  };
}

const size = ({ principals, bindings, removedBindings, workspaces, revocations }: PolicyChange): number =>
  1 + principals.length + bindings.length + removedBindings.length + workspaces.length + revocations.length;
