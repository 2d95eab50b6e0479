import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import {
  CodeAccessSchema,
  CodeAccessService,
  GetCommitResponseSchema,
  VerifyCodeRepositoryResponseSchema,
} from "@signalbox/gen/signalbox/credentials/v1/code_access_service_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { type Context, jsonText } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import { projectOf } from "../project.ts";
import { examples } from "./list-options.ts";

interface AccessOptions {
  readonly secret?: string;
  readonly key?: string;
  readonly user?: string;
  readonly api?: string;
  readonly remove?: boolean;
}

/** `code access`, `code verify`, `code commit` and `code download`: what is asked of the hosts of code. */
export function addCodeAccess(code: Command, act: Act): void {
  code
    .command("access <repository>")
    .description("give a repository the token that its host is asked with")
    .option("--secret <secret>", "the secret that holds it")
    .option("--key <key>", 'the name of the value in the secret; "token" where absent')
    .option("--user <user>", "the user that goes with it, for hosts that want one")
    .option("--api <address>", "where the host's API is, where that does not follow from the address of the repository")
    .option("--remove", "take it away")
    .addHelpText("after", examples("code access churn --secret github", "code access churn --remove"))
    .action(act<AccessOptions>(giveAccess));
  code
    .command("verify <repository>")
    .description("ask its host whether a repository can be read")
    .addHelpText("after", examples("code verify churn"))
    .action(act<Record<string, never>>(verify));
  code
    .command("commit <repository> <ref>")
    .description("tell which commit a branch or a tag is")
    .addHelpText("after", examples("code commit churn main"))
    .action(
      act<Record<string, never>>(async (context, _, repository, ref) => {
        const commit = await commitOf(context, await named(context, repository), needed(ref, "the branch, tag or commit"));
        if (context.options.json) context.print(jsonText(GetCommitResponseSchema, commit));
        else context.print([commit.commit, commit.title].filter((text) => text !== "").join("  "));
      }),
    );
  code
    .command("download <repository> <ref> [file]")
    .description("save the files of a commit as a gzipped tar")
    .addHelpText("after", examples("code download churn main churn.tar.gz"))
    .action(act<Record<string, never>>(download));
}

interface Named {
  readonly codeRepository: string;
  readonly project: string;
}

async function named(context: Context, repository: string | undefined): Promise<Named> {
  const codeRepository = needed(repository, "the repository");
  return { codeRepository, project: await projectOf(context, codeRepository) };
}

const commitOf = (context: Context, which: Named, ref: string) =>
  context
    .connect()
    .client(CodeAccessService)
    .getCommit({ ...which, ref });

async function giveAccess(
  context: Context,
  { secret, key = "", user = "", api = "", remove }: AccessOptions,
  repository: string | undefined,
): Promise<void> {
  if (!remove && secret === undefined && api === "")
    throw wrongUsage("nothing says what it is to be given", "--secret <secret>, or --remove");
  const which = await named(context, repository);
  const client = context.connect().client(CodeAccessService);
  if (remove) {
    await client.removeCodeAccess(which);
    context.print(context.options.json ? "{}" : `${which.codeRepository} is asked without a token`);
    return;
  }
  const { codeAccess } = await client.setCodeAccess({ ...which, secret: secret ?? "", key, user, apiAddress: api });
  if (context.options.json && codeAccess) context.print(jsonText(CodeAccessSchema, codeAccess));
  else context.print(`${which.codeRepository} is asked with ${secret === undefined ? "no token" : `the token in ${secret}`}`);
}

async function verify(context: Context, _: object, repository: string | undefined): Promise<void> {
  const which = await named(context, repository);
  const found = await context.connect().client(CodeAccessService).verifyCodeRepository(which);
  if (context.options.json) return context.print(jsonText(VerifyCodeRepositoryResponseSchema, found));
  const facts = [
    found.account && `as ${found.account}`,
    found.defaultBranch && `default branch ${found.defaultBranch}`,
    found.private !== undefined && (found.private ? "private" : "public"),
  ];
  context.print([`${which.codeRepository} can be read`, ...facts].filter(Boolean).join(", "));
}

async function download(context: Context, _: object, repository: string | undefined, ref?: string, file?: string): Promise<void> {
  const which = await named(context, repository);
  const { commit } = await commitOf(context, which, needed(ref, "the branch, tag or commit"));
  const target = file ?? `${which.codeRepository.replace(/[^\w.-]+/g, "-")}-${commit.slice(0, 7)}.tar.gz`;
  // Under another name until it is whole.
  const partial = `${target}.part`;
  const chunks = context
    .connect()
    .client(CodeAccessService)
    .downloadArchive({ ...which, commit });
  try {
    await pipeline(async function* () {
      for await (const { chunk } of chunks) yield chunk;
    }, createWriteStream(partial));
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  context.print(context.options.json ? JSON.stringify({ commit, file: target }) : `${commit} is in ${target}`);
}
