import { callerMay } from "@signalbox/runtime/policy/caller-may.ts";
import type { Resolvers } from "@signalbox/runtime/policy/resolver.ts";
import { componentResolver } from "./component/resolver.ts";
import type { Context } from "./context.ts";
import { flavorResolver } from "./flavor/resolver.ts";
import { resolverInProject } from "./project/references.ts";
import { projectResolver } from "./project/resolver.ts";
import { stackResolver } from "./stack/resolver.ts";
import { tagResolver } from "./tag/resolver.ts";
import { tagStore } from "./tag/store.ts";

/** How what requests name is found, by the type that the contract gives it. */
export function resolvers(context: Context): Resolvers {
  const { db } = context.database;
  return {
    project: projectResolver(db),
    stack_component: componentResolver(db, callerMay(context)),
    stack: stackResolver(db),
    flavor: flavorResolver(context),
    tag: tagResolver(tagStore(context.database)),
    pipeline: resolverInProject(db, "registry_pipeline"),
    snapshot: resolverInProject(db, "registry_snapshot"),
    build: resolverInProject(db, "registry_build"),
    code_repository: resolverInProject(db, "registry_code_repository"),
    run_template: resolverInProject(db, "registry_run_template"),
    model: resolverInProject(db, "registry_model"),
    // By its id only, and with its own owner: who made a version has every right on it.
    model_version: resolverInProject(db, "registry_model_version"),
    // Likewise: it is theirs who asked for it.
    promotion: resolverInProject(db, "registry_promotion"),
  };
}
