import { CodeHostSchema, CodeRepositoryService } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { toId, toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { called } from "@signalbox/runtime/resource/lists.ts";
import { standard } from "@signalbox/runtime/resource/standard.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { inProjects } from "../project/living.ts";
import { commitUrl } from "./commit-url.ts";
import { codeRepositoriesById } from "./store.ts";

export function codeRepositoryHandlers(context: Context): Handlers<typeof CodeRepositoryService> {
  const { database } = context;
  return {
    ...standard(context, {
      service: CodeRepositoryService,
      name: "CodeRepository",
      table: "registry_code_repository",
      scope: inProjects(database),
      documents: ["source", "configuration"],
      row: ({ name, description, host, address, logoUrl }) => ({ name, description, host, address, logoUrl }),
      message: ({ name, description, host, address, logoUrl }) => ({ name, description, host, address, logoUrl }),
      changes: ["name", "description", "host", "address", "logoUrl", "source", "configuration"],
      fields: () => ({
        name: { kind: "text", sortable: true },
        description: { kind: "text" },
        host: { kind: "enum", enum: CodeHostSchema },
        address: { kind: "text" },
      }),
    }),

    async resolveCodeRepositories({ workspace, name: text, prefix }) {
      const named = called(database.db, "registry_code_repository", toId(workspace));
      return { codeRepositories: (await named({ text, prefix })).map(toUuid) };
    },

    async linkCommit({ commit, path, line }, call) {
      const [repository] = await codeRepositoriesById(database.db, workspaceOf(call), [grantedId(call)]);
      return { url: commitUrl(repository, { commit, path, line }) };
    },
  };
}
