import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import type { Question } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import type { Scope } from "@signalbox/gen/signalbox/rbac/v1/role_pb.ts";
import { fieldInvalid, SignalboxError } from "@signalbox/runtime/errors.ts";
import type { Place } from "@signalbox/runtime/policy/grant.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import { agrees } from "../binding/resolve.ts";
import { toPlace } from "../binding/scope.ts";

/** A question, ready to be decided. */
export interface Asked {
  readonly principal: string;
  readonly permission: string;
  readonly place: Place;
  /** Whether there is such a place, as far as is known. Nothing is allowed where there is none. */
  readonly real: boolean;
}

/**
 * Reads the questions of a call, one after the other: most of a batch are about the same place, which is read once. Fails with
 * PERMISSION_MISSING where the caller asks about somebody else and may not read bindings there.
 */
export function asking(policy: Policy, call: Call): (question: Omit<Question, "$typeName">) => Asked {
  let where: Where | undefined;
  return ({ principal, permission, scope, owner }) => {
    if (!where || !isAt(where, scope as Scope)) where = whereOf(policy, scope as Scope);
    const { place, real } = where;
    const asked: Asked = {
      principal: whom(principal, call),
      permission,
      place: owner === "" ? place : { ...place, owner: owner.toLowerCase() },
      real,
    };
    if (!where.open) where.open = mayAsk(policy, asked, call);
    return asked;
  };
}

/** A scope that questions name, read. */
interface Where {
  readonly scope: Scope;
  readonly place: Place;
  readonly real: boolean;
  /** Whether the caller may ask about anybody there. */
  open: boolean;
}

const whereOf = (policy: Policy, scope: Scope): Where => ({ scope, place: toPlace(scope), real: agrees(policy, scope), open: false });

const isAt = ({ scope }: Where, { organization, workspace, project }: Scope): boolean =>
  scope.organization === organization && scope.workspace === workspace && scope.project === project;

export const isAllowed = (policy: Policy, { principal, permission, place, real }: Asked): boolean =>
  real && policy.allows(principal, permission, place);

/** Whom a question is about: the caller unless it says so. */
export function whom(principal: string, { caller }: Call): string {
  if (principal !== "") return principal.toLowerCase();
  if (!caller || caller.kind === "service") throw fieldInvalid("principal", "is needed from a service, which has no roles");
  return caller.id;
}

/**
 * Everybody may ask about themselves, services about everybody, others where they may read bindings. Whether the caller may ask about
 * anybody there; fails with PERMISSION_MISSING where not about this principal.
 */
export function mayAsk(policy: Policy, { principal, place, real }: Omit<Asked, "permission">, { caller }: Call): boolean {
  if (!caller || caller.kind === "service") return true;
  if (caller.id === principal) return false;
  if (real && policy.allows(caller.id, "role_binding.read", { ...place, owner: undefined })) return true;
  throw new SignalboxError(Reason.PERMISSION_MISSING, "asking about others needs role_binding.read there", {
    metadata: { permission: "role_binding.read" },
  });
}
