import { artifacts } from "@signalbox/artifacts";
import { credentials } from "@signalbox/credentials";
import { identity } from "@signalbox/identity";
import { org } from "@signalbox/org";
import { rbac } from "@signalbox/rbac";
import { registry } from "@signalbox/registry";
import { runs } from "@signalbox/runs";
import type { Programs } from "@signalbox/runtime/host/part.ts";

/** Every service of the mesh. */
export const programs: Programs = { identity, rbac, org, registry, runs, artifacts, credentials };
