import { permissionOf } from "../contract/policy-of.ts";
import { contract, planeOf, serviceNames } from "../contract/services.ts";

/** A permission as it is written: "run.update". */
export type PermissionName = string;

export const permissionName = (type: string, action: string): PermissionName => `${type}.${action}`;

/** Every permission that some method of the contract asks for. What nothing asks for cannot be given. */
export const catalogue: ReadonlySet<PermissionName> = new Set(
  serviceNames.flatMap((name) =>
    contract[name].flatMap((service) =>
      service.methods.flatMap((method) => {
        const permission = permissionOf(method);
        // To see a thing at all is asked beside every other permission on it.
        return permission
          ? [permissionName(permission.type, permission.action), permissionName(permission.named || permission.type, "read")]
          : [];
      }),
    ),
  ),
);

/** The resource types of the control plane; all others belong to workspaces. */
export const controlTypes: ReadonlySet<string> = new Set(
  serviceNames
    .filter((name) => planeOf[name] === "control")
    .flatMap((name) => contract[name].flatMap((service) => service.methods.flatMap((method) => permissionOf(method)?.type ?? []))),
);
