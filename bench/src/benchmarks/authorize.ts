import { create } from "@bufbuild/protobuf";
import {
  PolicyBindingSchema,
  PolicyChangeSchema,
  PolicyPrincipalSchema,
  PolicyWorkspaceSchema,
} from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { createPolicy } from "@signalbox/runtime/policy/policy.ts";
import { roles } from "@signalbox/runtime/policy/roles.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import type { Benchmark } from "../benchmark.ts";
import { race } from "../race.ts";

const users = 1_000;
const workspaces = 50;
const projects = 500;
const perBatch = 1_000;

/** Warm decisions in the process: 1,000 users, 50 workspaces, 500 projects, ten roles for each user. */
export const authorize: Benchmark = {
  about: "Decisions of a warm mirror of the policy, in the process",
  async measure() {
    const organization = newUuid();
    const people = Array.from({ length: users }, newUuid);
    const places = Array.from({ length: workspaces }, newUuid);
    const folders = Array.from({ length: projects }, (_, index) => ({ id: newUuid(), workspace: places[index % workspaces] ?? "" }));
    const policy = createPolicy();
    const scopeOf = (index: number) => {
      const { id, workspace } = folders[index % projects] ?? { id: "", workspace: "" };
      return { organization, workspace, project: index % 4 === 0 ? "" : id };
    };
    policy.apply(
      create(PolicyChangeSchema, {
        workspaces: places.map((id) => create(PolicyWorkspaceSchema, { id, name: id, organization })),
        principals: people.map((id) => create(PolicyPrincipalSchema, { id, active: true, organization })),
        bindings: people.flatMap((principal, at) =>
          Array.from({ length: 10 }, (_, index) =>
            create(PolicyBindingSchema, {
              id: newUuid(),
              principal,
              role: roles[5 + ((at + index) % 7)]?.id ?? "",
              scope: scopeOf(at * 7 + index),
            }),
          ),
        ),
      }),
      1,
    );
    const known = new Map(people.map((id) => [id, true]));
    let turn = 0;
    const ask = (decide: (principal: string, index: number) => boolean | undefined) => () => {
      let allowed = 0;
      for (let index = 0; index < perBatch; index++) if (decide(people[(turn + index) % users] ?? "", turn + index)) allowed += 1;
      turn += perBatch;
      return allowed;
    };
    const lines = await race([
      { name: "floor: a look-up in a map", atOnce: 1, units: perBatch, work: ask((principal) => known.get(principal)) },
      {
        name: "decisions",
        atOnce: 1,
        units: perBatch,
        work: ask((principal, index) => policy.allows(principal, "run.update", { ...scopeOf(index * 31), owner: "" })),
      },
    ]);
    const conditions = `${users} users with ten roles each, ${workspaces} workspaces, ${projects} projects; timed in batches of ${perBatch}`;
    return [{ kind: "race", title: "Decisions", conditions, unit: "decision", lines }];
  },
};
