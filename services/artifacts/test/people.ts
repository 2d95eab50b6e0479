import { create } from "@bufbuild/protobuf";
import { PolicyChangeSchema, PolicyPrincipalSchema } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import type { Policy } from "@signalbox/runtime/policy/policy.ts";
import { give, type World } from "@signalbox/runtime/testing/world.ts";

/** Makes a policy know somebody else, with a role in the workspace or in one of its projects. */
export function teachPerson(policy: Policy, { organization, workspace }: World, id: string, role: string, project = ""): void {
  const person = create(PolicyPrincipalSchema, { id, name: id.slice(-8), kind: "user", organization, active: true });
  policy.apply(create(PolicyChangeSchema, { principals: [person] }), policy.revision + 1);
  give(policy, id, role, { organization, workspace, project });
}
