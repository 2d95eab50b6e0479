import { UserService } from "@signalbox/gen/signalbox/identity/v1/user_service_pb.ts";
import { WorkspaceService } from "@signalbox/gen/signalbox/org/v1/organization_service_pb.ts";
import {
  AuthorizationService,
  type ExplainResponse,
  ExplainResponseSchema,
} from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { isUuid, needed } from "../arguments.ts";
import { type Context, jsonText } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import { ago } from "../output/time.ts";
import { printable } from "../output/width.ts";
import { namedProject } from "../project.ts";
import { findRun } from "./find-run.ts";
import { examples } from "./list-options.ts";

export function addExplain(program: Command, act: Act): void {
  program
    .command("explain <user> <permission> [run]")
    .description('say whether somebody may do something, and why; the user "me" is you')
    .addHelpText(
      "after",
      examples("explain ada run.delete --project demo", "explain ada run.delete brisk-otter", "explain me project.create"),
    )
    .action(
      act(async (context, _options, user, permission, run) => {
        const { client } = context.connect();
        const principal = await principalId(context, needed(user, "the user"));
        const where = await whereOf(context, run);
        const { owner, ...scope } = where;
        const question = { principal, permission: needed(permission, "the permission"), scope, owner };
        const answer = await client(AuthorizationService).explain({ question });
        if (context.options.json) context.print(jsonText(ExplainResponseSchema, answer));
        else context.print(...sentences(answer, context));
      }),
    );
}

/** The id of a user by name; a service account is named by its id. Empty for the caller. */
async function principalId(context: Context, reference: string): Promise<string> {
  if (reference === "me") return "";
  if (isUuid(reference)) return reference;
  const { user } = await context.connect().client(UserService).getUser({ user: reference });
  return user?.id ?? "";
}

interface Where {
  readonly organization: string;
  readonly workspace: string;
  readonly project: string;
  readonly owner: string;
}

async function whereOf(context: Context, runName: string | undefined): Promise<Where> {
  const run = runName === undefined ? undefined : await findRun(context, runName);
  const workspace = await workspaceOf(context);
  return {
    organization: workspace.organization,
    workspace: workspace.id,
    project: run?.project ?? (await projectId(context, namedProject(context))),
    owner: run?.owner?.id ?? "",
  };
}

async function workspaceOf(context: Context): Promise<{ readonly id: string; readonly organization: string }> {
  const service = context.connect().client(WorkspaceService);
  const { workspace: named } = context.session;
  if (named) return (await service.getWorkspace({ workspace: named })).workspace ?? { id: "", organization: "" };
  const { workspaces } = await service.listWorkspaces({ pageSize: 2 });
  const [only] = workspaces;
  if (only && workspaces.length === 1) return only;
  throw wrongUsage("it has to be clear in which workspace", "--workspace NAME");
}

async function projectId(context: Context, named: string): Promise<string> {
  if (named === "" || isUuid(named)) return named;
  const { project } = await context.connect().client(ProjectService).getProject({ project: named });
  return project?.id ?? "";
}

function sentences({ allowed, sentence, granted, owner, missingRoles }: ExplainResponse, { paint, now }: Context): string[] {
  const verdict = paint(allowed ? "good" : "bad", allowed ? "allowed" : "not allowed");
  const reason = printable(sentence).replace(/^(not )?allowed: ?/i, "");
  const lines = [reason ? `${verdict}: ${reason}` : verdict];
  if (owner) lines.push("  owns it");
  for (const { role, createTime, grantedBy, principal } of granted) {
    const by = grantedBy?.name ? ` by ${grantedBy.name}` : "";
    lines.push(printable(`  ${principal?.name || "principal"} is ${role} (granted ${ago(createTime, now())}${by})`));
  }
  if (missingRoles.length > 0) lines.push(printable(`  would need one of: ${missingRoles.join(", ")}`));
  return lines;
}
