import type { Resolvers } from "@signalbox/runtime/policy/resolver.ts";
import { componentResolver } from "./component/resolver.ts";
import { componentStore } from "./component/store.ts";
import type { Context } from "./context.ts";
import { resolverInProject } from "./project/references.ts";
import { projectResolver } from "./project/resolver.ts";
import { projectStore } from "./project/store.ts";
import { readableBy } from "./readable.ts";
import { stackResolver } from "./stack/resolver.ts";
import { stackStore } from "./stack/store.ts";
import { tagResolver } from "./tag/resolver.ts";
import { tagStore } from "./tag/store.ts";

/** How what requests name is found, by the type that the contract gives it. */
export function resolvers(context: Context): Resolvers {
  const { database, policy } = context;
  const { db } = database;
  return {
    project: projectResolver(projectStore(database, policy)),
    stack_component: componentResolver(componentStore(database, policy), readableBy(context)),
    stack: stackResolver(stackStore(database, policy)),
    tag: tagResolver(tagStore(database, policy)),
    pipeline: resolverInProject(db, "registry_pipeline"),
    snapshot: resolverInProject(db, "registry_snapshot"),
    model: resolverInProject(db, "registry_model"),
    // By its id only, and with its own owner: who made a version has every right on it.
    model_version: resolverInProject(db, "registry_model_version"),
  };
}
