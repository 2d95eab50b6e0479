import { randomInt } from "node:crypto";
import { adminId, bootstrapAdmin } from "@signalbox/identity/bootstrap.ts";
import { bootstrapOrganization } from "@signalbox/org/bootstrap.ts";
import type { Wakeups } from "@signalbox/runtime/cache/wakeups.ts";
import type { Clock } from "@signalbox/runtime/clock.ts";
import type { ServiceName } from "@signalbox/runtime/contract/services.ts";
import type { Config } from "@signalbox/runtime/host/config.ts";
import type { Needs } from "@signalbox/runtime/host/part.ts";
import type { firstSettings } from "./settings.ts";

/** What the first start made. */
export interface First {
  readonly userName: string;
  /** Undefined where it was configured, and so is known. */
  readonly password: string | undefined;
}

export interface BootstrapNeeds {
  readonly openerOf: (name: ServiceName) => Needs["open"];
  readonly clock: Clock;
  readonly wakeups: Wakeups;
  readonly config: Config<typeof firstSettings>;
}

// The same in every installation, so that programs that start at once make them once.
export const organizationId = "00000000-0000-7000-8000-000000000002";
export const workspaceId = "00000000-0000-7000-8000-000000000003";

/**
 * Makes the first organization, workspace and administrator, unless they are
 * there. The role of the administrator follows from the events that this
 * writes, as for every organization.
 */
export async function bootstrap({ openerOf, clock, wakeups, config }: BootstrapNeeds): Promise<First | undefined> {
  const given = (name: ServiceName) => ({ open: openerOf(name), clock, wakeups });
  const { adminUser, adminPassword, organization, workspace } = config;
  await bootstrapOrganization(given("org"), {
    organization: { id: organizationId, name: organization },
    workspace: { id: workspaceId, name: workspace },
    owner: adminId,
  });
  const password = adminPassword ?? newPassword();
  const { created } = await bootstrapAdmin(given("identity"), { userName: adminUser, password, organization: organizationId });
  return created ? { userName: adminUser, password: adminPassword === undefined ? password : undefined } : undefined;
}

// Without letters and digits that look alike: people type it.
const alphabet = "abcdefghjkmnpqrstuvwxyz23456789";

/** Sixteen characters of 31: 79 bits. */
function newPassword(): string {
  const group = () => Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join("");
  return [group(), group(), group(), group()].join("-");
}
