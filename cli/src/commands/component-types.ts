import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { wrongUsage } from "../failure.ts";

const names = new Map<ComponentType, string>(Object.entries(ComponentType).map(([name, type]) => [type, name.toLowerCase()]));

/** A type of component as people write it: "artifact_store". */
export const typeName = (type: ComponentType): string => names.get(type) ?? "";

/** All there are. */
export const typeNames: readonly string[] = [...names.values()].filter((name) => name !== typeName(ComponentType.UNSPECIFIED));

const find = (text: string): ComponentType | undefined =>
  [...names].find(([, name]) => name === text.toLowerCase().replaceAll("-", "_"))?.[0];

/** The type that people wrote. */
export function typeCalled(text: string): ComponentType {
  const type = find(text);
  if (!type) throw wrongUsage(`"${text}" is no type of component`, `one of: ${typeNames.join(", ")}`);
  return type;
}

/** A component as people name it: by id, by name, or by type and name where several have the name: "alerter/slack". */
export function splitReference(reference: string): { readonly type?: ComponentType; readonly name: string } {
  const at = reference.indexOf("/");
  const type = at < 1 ? undefined : find(reference.slice(0, at));
  return type ? { type, name: reference.slice(at + 1) } : { name: reference };
}
