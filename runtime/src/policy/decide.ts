import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { AuthorizationService } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { SignalboxError } from "../errors.ts";
import type { Peers } from "../peers/peers.ts";
import type { PermissionName } from "./catalogue.ts";
import type { Place, Visible } from "./grant.ts";
import type { Policy } from "./policy.ts";

/** Decides, from what this process knows of the policy or by asking rbac. */
export interface Decisions {
  allows(principal: string, permission: PermissionName, place: Place): boolean | Promise<boolean>;
  visible(principal: string, permission: PermissionName, workspace: string): Visible | Promise<Visible>;
}

export interface DecisionOptions {
  /** For how long decisions go on when the feed is cut, in milliseconds. Then they fail closed. */
  readonly graceMs?: number;
  readonly now?: () => number;
}

const defaultGraceMs = 5 * 60 * 1000;

/**
 * Decisions from the mirror: no RPC, microseconds. While the mirror knows
 * nothing yet, rbac is asked; when it heard nothing for longer than the grace,
 * everything is refused with POLICY_STALE.
 */
export function decisions(policy: Policy, peers: Peers, { graceMs = defaultGraceMs, now = Date.now }: DecisionOptions = {}): Decisions {
  const isCold = () => policy.confirmedAtMs === 0;

  function refuseStale(): void {
    if (now() - policy.confirmedAtMs > graceMs) {
      throw new SignalboxError(Reason.POLICY_STALE, "this service has had no policy updates for too long, and refuses until it has", {
        retryAfterMs: 1_000,
      });
    }
  }

  async function askAllows(
    principal: string,
    permission: PermissionName,
    { organization, workspace, project, owner }: Place,
  ): Promise<boolean> {
    const scope = { organization: organization ?? "", workspace: workspace ?? "", project: project ?? "" };
    const { allowed } = await peers(AuthorizationService).batchCheck({ questions: [{ principal, permission, scope, owner: owner ?? "" }] });
    return allowed[0] === true;
  }

  async function askVisible(principal: string, permission: PermissionName, workspace: string): Promise<Visible> {
    const { all, projects, own, ownProjects } = await peers(AuthorizationService).listAllowed({ principal, permission, workspace });
    return all ? { all } : { all, projects, owner: principal, ownIn: own ? undefined : ownProjects };
  }

  return {
    allows(principal, permission, place) {
      if (isCold()) return askAllows(principal, permission, place);
      refuseStale();
      return policy.allows(principal, permission, place);
    },
    visible(principal, permission, workspace) {
      if (isCold()) return askVisible(principal, permission, workspace);
      refuseStale();
      return policy.visible(principal, permission, workspace);
    },
  };
}
