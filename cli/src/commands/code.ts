import { randomUUID } from "node:crypto";
import {
  CodeHost,
  type CodeRepository,
  CodeRepositorySchema,
  CodeRepositoryService,
} from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed, parseCount } from "../arguments.ts";
import { type Context, jsonText } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import type { Column } from "../output/table.ts";
import { type ListOptions, printList } from "../pages.ts";
import { namedProject, projectOf } from "../project.ts";
import { addCodeAccess } from "./code-access.ts";
import { examples, withListOptions } from "./list-options.ts";

const columns: readonly Column<CodeRepository>[] = [
  { heading: "NAME", cell: ({ name }) => name },
  { heading: "HOST", cell: ({ host }) => [...hosts].find(([, each]) => each === host)?.[0] ?? "" },
  { heading: "ADDRESS", cell: ({ address }) => address },
  { heading: "DESCRIPTION", cell: ({ description }) => description },
];

const hosts: ReadonlyMap<string, CodeHost> = new Map([
  ["github", CodeHost.GITHUB],
  ["gitlab", CodeHost.GITLAB],
  ["bitbucket", CodeHost.BITBUCKET],
  ["bitbucket-data-center", CodeHost.BITBUCKET_DATA_CENTER],
  ["git", CodeHost.GIT],
]);

/** The hosts whose addresses tell them. */
const told = [...hosts].slice(0, 3);

/** `code list`, `code add` and `code link`, and what is asked of hosts. */
export function addCode(program: Command, act: Act): void {
  const code = program.command("code").description("the repositories that code comes from");
  withListOptions(code.command("list").description("list code repositories")).action(act<ListOptions>(listCodeRepositories));
  code
    .command("add <name> <address>")
    .description("register a code repository of the project")
    .option("--host <host>", `who serves it: ${[...hosts.keys()].join(", ")}; by the address where absent`)
    .option("--description <text>", "what it is for")
    .addHelpText("after", examples("code add churn https://github.com/acme/churn --project demo"))
    .action(act<{ host?: string; description?: string }>(addCodeRepository));
  code
    .command("link <repository> <commit> [path]")
    .description("tell where people see a commit")
    .option("--line <line>", "the line in the file", parseCount)
    .addHelpText("after", examples("code link churn 9c1e2f7 train.py --line 12"))
    .action(
      act<{ line?: number }>(async (context, { line = 0 }, repository, commit, path) => {
        const codeRepository = needed(repository, "the repository");
        const project = await projectOf(context, codeRepository);
        const request = { codeRepository, project, commit: needed(commit, "the commit"), path: path ?? "", line };
        const { url } = await context.connect().client(CodeRepositoryService).linkCommit(request);
        if (context.options.json) context.print(JSON.stringify({ url }));
        else context.print(url || "its host has no page for that");
      }),
    );
  addCodeAccess(code, act);
}

async function listCodeRepositories(context: Context, options: ListOptions): Promise<void> {
  const { client } = context.connect();
  await printList(context, options, {
    schema: CodeRepositorySchema,
    columns,
    nothing: "no code repositories",
    fetch: async (page) => {
      const request = { project: namedProject(context), filter: options.filter ?? "", orderBy: options.order ?? "", ...page };
      const answer = await client(CodeRepositoryService).listCodeRepositories(request);
      return { items: answer.codeRepositories, nextPageToken: answer.nextPageToken };
    },
  });
}

async function addCodeRepository(
  context: Context,
  options: { host?: string; description?: string },
  name: string | undefined,
  address: string | undefined,
): Promise<void> {
  const { description = "" } = options;
  const request = { id: randomUUID(), name: needed(name, "the name"), address: needed(address, "the address"), description };
  const project = await projectOf(context, request.name);
  const { client } = context.connect();
  const { codeRepository } = await client(CodeRepositoryService).createCodeRepository({
    ...request,
    project,
    host: hostOf(options.host, request.address),
  });
  if (context.options.json && codeRepository) context.print(jsonText(CodeRepositorySchema, codeRepository));
  else context.print(`code repository ${codeRepository?.name ?? request.name} added`);
}

function hostOf(named: string | undefined, address: string): CodeHost {
  if (named === undefined) return told.find(([host]) => address.includes(`//${host}.`))?.[1] ?? CodeHost.UNSPECIFIED;
  const host = hosts.get(named.toLowerCase());
  if (host === undefined) throw wrongUsage(`"${named}" is no host that is known`, `--host with one of: ${[...hosts.keys()].join(", ")}`);
  return host;
}
