import type { DescMethod } from "@bufbuild/protobuf";
import { wrongUsage } from "../failure.ts";
import { methods } from "./services.ts";

const root = "signalbox.";

/** A method as people write it: "runs.v1.RunService/GetRun". */
export const shortName = (method: DescMethod): string => `${method.parent.typeName.slice(root.length)}/${method.name}`;

/**
 * The method that a name stands for: "signalbox.runs.v1.RunService/GetRun",
 * "runs.v1.RunService/GetRun", "RunService/GetRun" or, where only one service
 * has it, "GetRun"; upper and lower case are the same. Fails as wrong usage,
 * naming what is near.
 */
export function findMethod(name: string): DescMethod {
  const found = methods.filter((method) => isNamed(method, name));
  if (found.length === 1 && found[0]) return found[0];
  if (found.length > 1)
    throw wrongUsage(`"${name}" is several methods`, ...found.map((method) => `npx signalbox api ${shortName(method)}`));
  throw wrongUsage(`the contract has no method "${name}"`, ...near(name.toLowerCase()));
}

/** Whether a name stands for a method, in one of the forms that {@link findMethod} takes. */
export function isNamed(method: DescMethod, name: string): boolean {
  const wanted = name.replace(/^\//, "").toLowerCase();
  const full = `${method.parent.typeName}/${method.name}`.toLowerCase();
  return full === wanted || full.endsWith(`.${wanted}`) || full.endsWith(`/${wanted}`);
}

// Methods with a like name, those of the service that was named first; else what that service has.
function near(wanted: string): readonly string[] {
  const slash = wanted.lastIndexOf("/");
  const last = wanted.slice(slash + 1);
  const service = wanted.slice(0, Math.max(0, slash)).replace(/^\//, "");
  const siblings = methods.filter(({ parent }) => service !== "" && `.${parent.typeName.toLowerCase()}`.endsWith(`.${service}`));
  const alike = ({ name }: DescMethod) => last !== "" && (name.toLowerCase().includes(last) || last.includes(name.toLowerCase()));
  const candidates = [siblings.filter(alike), siblings, methods.filter(alike)].find(({ length }) => length > 0) ?? [];
  const commands = candidates.slice(0, 5).map((method) => `npx signalbox api ${shortName(method)}`);
  return commands.length > 0 ? commands : ["npx signalbox api --list"];
}

/** The methods whose name, with service and package, contains a text. */
export function methodsNamed(filter: string): readonly DescMethod[] {
  const wanted = filter.toLowerCase();
  return methods.filter((method) => `${root}${shortName(method)}`.toLowerCase().includes(wanted));
}
