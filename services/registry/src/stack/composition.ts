import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";

/** Fails with FIELD_INVALID unless components of these types make a stack: exactly one orchestrator, and an artifact store. */
export function checkComposition(types: readonly ComponentType[]): void {
  const count = (type: ComponentType) => types.filter((each) => each === type).length;
  const orchestrators = count(ComponentType.ORCHESTRATOR);
  if (orchestrators !== 1)
    throw fieldInvalid("components", `a stack has exactly one orchestrator, not ${orchestrators}`, "stack.orchestrator");
  if (count(ComponentType.ARTIFACT_STORE) === 0)
    throw fieldInvalid("components", "a stack has at least one artifact store", "stack.artifact_store");
}

/** Fails with FIELD_INVALID where something is named twice. */
export function checkDistinct(ids: readonly string[]): void {
  const seen = new Set<string>();
  for (const [i, id] of ids.entries()) {
    if (seen.has(id.toLowerCase())) throw fieldInvalid(`components[${i}]`, "is in the list already", "repeated.unique");
    seen.add(id.toLowerCase());
  }
}
