import { type DescMethod, getOption, hasOption } from "@bufbuild/protobuf";
import { type Access, type Audit, access, audit, type Permission } from "@signalbox/gen/signalbox/options/v1/options_pb.ts";

/** The access rule that the contract gives a method. Fails where there is none, so that such a service cannot start. */
export function accessOf(method: DescMethod): Access {
  const found = rulesOf(method).access;
  if (!found?.rule.case) throw new Error(`${nameOf(method)} states no access rule`);
  return found;
}

/** The permission that a method asks for, where its rule is one. */
export function permissionOf(method: DescMethod): Permission | undefined {
  const { rule } = accessOf(method);
  return rule.case === "permission" ? rule.value : undefined;
}

/** How a call of the method is recorded; undefined for reads. Fails where a method that changes something says nothing. */
export function auditOf(method: DescMethod): Audit | undefined {
  const found = rulesOf(method).audit;
  if (!found && !isRead(method)) throw new Error(`${nameOf(method)} changes something and states no audit rule`);
  return found;
}

interface Rules {
  readonly access: Access | undefined;
  readonly audit: Audit | undefined;
}

/** What the contract states of a method. Reading an option decodes it, and every call asks. */
function rulesOf(method: DescMethod): Rules {
  const known = remembered.get(method);
  if (known) return known;
  const found = {
    access: hasOption(method, access) ? getOption(method, access) : undefined,
    audit: hasOption(method, audit) ? getOption(method, audit) : undefined,
  };
  remembered.set(method, found);
  return found;
}

const remembered = new WeakMap<DescMethod, Rules>();

/** Whether the method changes nothing, and so may be repeated or asked with GET. */
export const isRead = (method: DescMethod): boolean => method.idempotency === 1;

/** Whether a repeat of the call has the effect of one. */
export const isRepeatable = (method: DescMethod): boolean => method.idempotency !== 0;

/** "signalbox.runs.v1.RunService/GetRun". */
export const nameOf = (method: DescMethod): string => `${method.parent.typeName}/${method.name}`;
