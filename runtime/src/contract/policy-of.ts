import { type DescMethod, getOption, hasOption } from "@bufbuild/protobuf";
import { type Access, type Audit, access, audit, type Permission } from "@signalbox/gen/signalbox/options/v1/options_pb.ts";

/** The access rule that the contract gives a method. Fails where there is none, so that such a service cannot start. */
export function accessOf(method: DescMethod): Access {
  const known = accessRules.get(method);
  if (known) return known;
  const found = hasOption(method, access) ? getOption(method, access) : undefined;
  if (!found?.rule.case) throw new Error(`${method.parent.typeName}/${method.name} states no access rule`);
  accessRules.set(method, found);
  return found;
}

// Reading an option decodes it, and every call asks.
const accessRules = new WeakMap<DescMethod, Access>();

/** The permission that a method asks for, where its rule is one. */
export function permissionOf(method: DescMethod): Permission | undefined {
  const { rule } = accessOf(method);
  return rule.case === "permission" ? rule.value : undefined;
}

/** How a call of the method is recorded; undefined for reads. Fails where a method that changes something says nothing. */
export function auditOf(method: DescMethod): Audit | undefined {
  const known = auditRules.get(method);
  if (known) return known;
  if (hasOption(method, audit)) {
    const found = getOption(method, audit);
    auditRules.set(method, found);
    return found;
  }
  if (isRead(method)) return undefined;
  throw new Error(`${method.parent.typeName}/${method.name} changes something and states no audit rule`);
}

const auditRules = new WeakMap<DescMethod, Audit>();

/** Whether the method changes nothing, and so may be repeated or asked with GET. */
export const isRead = (method: DescMethod): boolean => method.idempotency === 1;

/** Whether a repeat of the call has the effect of one. */
export const isRepeatable = (method: DescMethod): boolean => method.idempotency !== 0;

/** "signalbox.runs.v1.RunService/GetRun". */
export const nameOf = (method: DescMethod): string => `${method.parent.typeName}/${method.name}`;
