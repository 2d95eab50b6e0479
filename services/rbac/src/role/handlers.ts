import { ScopeLevel } from "@signalbox/gen/signalbox/rbac/v1/role_pb.ts";
import type { RoleService } from "@signalbox/gen/signalbox/rbac/v1/role_service_pb.ts";
import { roles } from "@signalbox/runtime/policy/roles.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";

const levels = { organization: ScopeLevel.ORGANIZATION, workspace: ScopeLevel.WORKSPACE, project: ScopeLevel.PROJECT } as const;

/** The roles come with the program: whoever runs it knows what they allow. */
export function roleHandlers(): Handlers<typeof RoleService> {
  return {
    listRoles: async () => ({
      roles: roles.map(({ id, name, description, level, permissions }) => ({
        id,
        name,
        description,
        level: levels[level],
        permissions: [...permissions].sort(),
      })),
    }),
  };
}
