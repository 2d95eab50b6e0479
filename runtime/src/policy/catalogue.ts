import { permissionOf } from "../contract/policy-of.ts";
import { contract, serviceNames } from "../contract/services.ts";

/** A permission as it is written: "run.update". */
export type PermissionName = string;

export const permissionName = (type: string, action: string): PermissionName => `${type}.${action}`;

const permissions = serviceNames.flatMap((name) =>
  contract[name].flatMap(({ methods }) => methods.flatMap((method) => permissionOf(method) ?? [])),
);

/** Every permission that some method of the contract asks for. What nothing asks for cannot be given. */
export const catalogue: ReadonlySet<PermissionName> = new Set(permissions.map(({ type, action }) => permissionName(type, action)));

// A version of a model is read by permission on the model: whichever permission the contract asks for to read a thing is what seeing it takes.
const readers = new Map<string, PermissionName>();
for (const { type, action, named, target } of permissions) {
  if (action !== "read" || target.case !== "resource") continue;
  const thing = named || type;
  if (thing === type || !readers.has(thing)) readers.set(thing, permissionName(type, action));
}

/** The permission that lets a thing of some type be seen at all. */
export const readerOf = (type: string): PermissionName => readers.get(type) ?? permissionName(type, "read");
