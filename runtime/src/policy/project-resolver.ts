import { ProjectState } from "@signalbox/gen/signalbox/registry/v1/project_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { LRUCache } from "lru-cache";
import { isUuid, toUuid } from "../ids.ts";
import type { Peers } from "../peers/peers.ts";
import { workspaceOf } from "../rpc/workspace.ts";
import type { Resolved } from "./grant.ts";
import type { Resolver } from "./resolver.ts";

// Names can move and projects can be deleted, so what was found is asked again soon.
const freshMs = 1_000;

/** Finds projects by asking registry, and remembers the answers for a second. */
export function projectResolver(peers: Peers): Resolver {
  const found = new LRUCache<string, Resolved>({ max: 10_000, ttl: freshMs });
  const asking = new Map<string, Promise<Resolved | undefined>>();

  async function ask(workspace: string, reference: string, key: string): Promise<Resolved | undefined> {
    const { projects } = await peers(ProjectService).resolveProjects({ workspace, references: [reference] });
    const [project] = projects;
    if (!project || project.state !== ProjectState.ACTIVE) return undefined;
    const resolved: Resolved = { id: project.id, project: project.id, owner: project.owner };
    found.set(key, resolved);
    return resolved;
  }

  return (reference, { call }) => {
    const workspace = toUuid(workspaceOf(call));
    const key = `${workspace}/${isUuid(reference) ? reference.toLowerCase() : reference}`;
    const known = found.get(key);
    if (known) return Promise.resolve(known);
    let answer = asking.get(key);
    if (!answer) {
      answer = ask(workspace, reference, key).finally(() => asking.delete(key));
      asking.set(key, answer);
    }
    return answer;
  };
}
