import { type DescField, type DescMethod, isMessage, type Message } from "@bufbuild/protobuf";
import { accessOf } from "@signalbox/runtime/contract/policy-of.ts";
import { everyService, ownerOf, planeOf } from "@signalbox/runtime/contract/services.ts";

/** Everything that the contract offers to outsiders. */
export const outside: readonly DescMethod[] = everyService
  .flatMap((service) => service.methods)
  .filter((method) => accessOf(method).rule.case !== "internal");

/** The methods whose name begins so, with what `test.each` shows of them. */
export const named = (begin: RegExp) => outside.filter(({ name }) => begin.test(name)).map((method) => [method.name, method] as const);

/** Whether a method takes tokens for a workspace. */
export const isOfWorkspace = (method: DescMethod): boolean => planeOf[ownerOf(method.parent)] === "workspace";

/** The method of the same service that has this name. */
export function sibling(method: DescMethod, name: RegExp): DescMethod {
  const found = method.parent.methods.find((each) => name.test(each.name));
  if (!found) throw new Error(`${method.parent.typeName} has no method like ${name}`);
  return found;
}

/** The method of the same service that does this with one of what a list has: "Create" for ListProjects is CreateProject. */
export const forOneOf = (list: DescMethod, verb: string): DescMethod | undefined =>
  list.parent.methods.find(
    ({ name }) => name === list.name.replace(/^List(.*?)(ies|s)$/, (_, stem, end) => verb + stem + (end === "ies" ? "y" : "")),
  );

/** A resource as tests look at it: whatever the contract says that it has. */
export type Resource = Readonly<Record<string, unknown>> & { readonly id: string; readonly etag: string };

const fieldOf = (message: Message, field: DescField): unknown => (message as unknown as Record<string, unknown>)[field.localName];

/** The resource in an answer: its first field that is a message, or the first of a batch. */
export function resourceIn(message: Message | undefined, { output }: DescMethod): Resource {
  const field = output.fields.find((each) => each.message);
  const value = message && field && fieldOf(message, field);
  const [resource] = Array.isArray(value) ? value : [value];
  if (!isMessage(resource)) throw new Error(`${output.typeName} has no resource`);
  return resource as unknown as Resource;
}

/** The resources on a page of a list. */
export function itemsIn(message: Message | undefined, { output }: DescMethod): readonly Resource[] {
  const field = output.fields.find((each) => each.fieldKind === "list");
  return (message && field ? fieldOf(message, field) : []) as readonly Resource[];
}
