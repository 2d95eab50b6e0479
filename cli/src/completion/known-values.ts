import { ArtifactService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { ApiKeyService } from "@signalbox/gen/signalbox/identity/v1/api_key_service_pb.ts";
import { WorkspaceService } from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import { ModelService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { TagService } from "@signalbox/gen/signalbox/registry/v1/tag_service_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { type Connection, readProfiles } from "@signalbox/sdk";
import { shortName } from "../contract/find-method.ts";
import { methods } from "../contract/services.ts";
import { summaryOf } from "../contract/summaries.ts";
import { openSession, type Session, settleSession } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import type { Candidate, Place } from "./place.ts";

/** How long a server may take to say what it has. */
const patienceMs = 300;

/** The values that fit a place, as far as they are found in time; none where anything is in the way. */
export async function knownValues(place: Place, env: Terminal["env"]): Promise<readonly Candidate[]> {
  const late = new Promise<readonly Candidate[]>((resolve) => void setTimeout(resolve, patienceMs, []).unref());
  const found = find(place, env).catch(() => []);
  return Promise.race([found, late]);
}

async function find({ kind, prefix, options }: Place, env: Terminal["env"]): Promise<readonly Candidate[]> {
  if (kind === "method") return methodsFrom(prefix);
  const session = await settleSession(options, env);
  if (kind === "profile") {
    const { profiles } = await readProfiles(session.file);
    return Object.entries(profiles).map(([value, { url }]) => ({ value, description: url }));
  }
  const list = Object.hasOwn(lists, kind) ? lists[kind] : undefined;
  const credential = withoutRenewal(session);
  if (!list || !credential) return [];
  const { client, close } = openSession({ ...session, credential });
  try {
    const filter = prefix === "" ? "" : `name = ${JSON.stringify(`${prefix}*`)}`;
    const found = await list({
      client,
      page: { filter, pageSize: 100 },
      project: session.project ?? "",
      principal: options.principal ?? "",
      signal: AbortSignal.timeout(patienceMs),
    });
    return found.map(({ name, description = "" }) => ({ value: name, description }));
  } finally {
    close();
  }
}

/** The credential where it is good as it is: a renewal that is given up half-way would lose the session. */
function withoutRenewal({ credential, profile }: Session): string | undefined {
  if (typeof credential !== "function") return credential;
  return (profile?.accessExpireTimeMs ?? 0) > Date.now() ? profile?.accessToken : undefined;
}

interface Asking {
  readonly client: Connection["client"];
  readonly page: { readonly filter: string; readonly pageSize: number };
  readonly project: string;
  readonly principal: string;
  readonly signal: AbortSignal;
}

type Listed = Promise<readonly { readonly name: string; readonly description?: string }[]>;

const lists: Readonly<Record<string, (asking: Asking) => Listed>> = {
  project: async ({ client, page, signal }) => (await client(ProjectService).listProjects(page, { signal })).projects,
  workspace: async ({ client, page, signal }) => {
    const { workspaces } = await client(WorkspaceService).listWorkspaces(page, { signal });
    return workspaces.map(({ name, displayName }) => ({ name, description: displayName }));
  },
  run: async ({ client, page, project, signal }) => {
    const { runs } = await client(RunService).listRuns({ project, ...page }, { signal });
    return runs.map(({ name, pipelineName }) => ({ name, description: pipelineName }));
  },
  tag: async ({ client, page, signal }) => (await client(TagService).listTags(page, { signal })).tags,
  model: async ({ client, page, project, signal }) => (await client(ModelService).listModels({ project, ...page }, { signal })).models,
  artifact: async ({ client, page, project, signal }) =>
    (await client(ArtifactService).listArtifacts({ project, ...page }, { signal })).artifacts,
  key: async ({ client, page, principal, signal }) => (await client(ApiKeyService).listApiKeys({ principal, ...page }, { signal })).apiKeys,
};

/** The methods of the contract, by the name that was begun: with the package, or from the service on. */
function methodsFrom(prefix: string): readonly Candidate[] {
  const begin = /^[A-Z]/.test(prefix) ? /^.*[.]/ : /^/;
  return methods.map((method) => ({ value: shortName(method).replace(begin, ""), description: summaryOf(method) }));
}
