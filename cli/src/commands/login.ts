import { timestampMs } from "@bufbuild/protobuf/wkt";
import { AuthService, type SignInResponse } from "@signalbox/gen/signalbox/identity/v1/auth_service_pb.ts";
import { type Profile, readProfiles, writeProfile } from "@signalbox/sdk";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import type { Context } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import { ask, askSecret, canAsk, firstLine } from "../prompt.ts";
import { sameUrl } from "../session.ts";
import { chooseWorkspace } from "./choose-workspace.ts";
import { examples } from "./list-options.ts";
import { askNewPassword } from "./passwd.ts";

interface LoginOptions {
  readonly user?: string;
  readonly passwordStdin?: boolean;
  readonly apiKeyStdin?: boolean;
}

const localUrl = "http://localhost:8750";

export function addLogin(program: Command, act: Act): void {
  program
    .command("login [url]")
    .description("sign in, and remember it in a profile")
    .option("--user <name>", "the user name; asked for where absent")
    .option("--password-stdin", "read the password from standard input")
    .option("--api-key-stdin", "read an API key or personal access token from standard input instead")
    .addHelpText(
      "after",
      examples("login http://localhost:8750", "login --user ada --password-stdin < password", "login --api-key-stdin --profile ci < key"),
    )
    .action(act<LoginOptions>(login));
}

async function login(context: Context, options: LoginOptions, argument?: string): Promise<void> {
  const { options: global, session, terminal } = context;
  if (options.apiKeyStdin && (options.passwordStdin || options.user))
    throw wrongUsage("an API key goes without --user and --password-stdin");
  if (argument && global.url && argument !== global.url) throw wrongUsage("there are two addresses; name one");
  const url = argument ?? global.url ?? session.url ?? (await askUrl(context));
  const signedIn = options.apiKeyStdin ? await withKey(context, url, await firstLine(terminal)) : await withPassword(context, url, options);
  const name = global.profile ?? (await profileNameFor(url, session.file));
  const { project } = session;
  const { who, profile } = signedIn;
  await writeProfile(name, { ...profile, ...(project && { project }) }, { file: session.file });
  if (global.json) {
    context.print(JSON.stringify({ profile: name, url, user: who, workspace: profile.workspace ?? "" }, null, 2));
    return;
  }
  context.print(`signed in at ${url} as ${who}, workspace ${signedIn.workspaceName || "none"} (profile ${name})`);
}

interface SignedIn {
  readonly who: string;
  readonly workspaceName: string;
  readonly profile: Profile;
}

async function withKey(context: Context, url: string, key: string): Promise<SignedIn> {
  const { client } = context.open({ ...context.session, url }, { anonymous: true });
  const self = await client(AuthService).exchangeToken({ credential: key, controlPlane: true });
  const chosen = await chooseWorkspace(context, context.open({ ...context.session, url, credential: key, workspace: undefined }));
  return { who: self.principal?.name ?? "", workspaceName: chosen.name, profile: { url, apiKey: key, workspace: chosen.id } };
}

async function withPassword(context: Context, url: string, { user, passwordStdin }: LoginOptions): Promise<SignedIn> {
  const { terminal } = context;
  const { client } = context.open({ ...context.session, url }, { anonymous: true });
  const userName = user ?? (await ask(terminal, "user name", "--user NAME"));
  const password = passwordStdin
    ? await firstLine(terminal)
    : await askSecret(terminal, "password", "--password-stdin, or --api-key-stdin");
  let answer = await client(AuthService).signIn({ userName, password });
  if (answer.mustChangePassword && canAsk(terminal)) {
    context.note("The password has to be changed before anything else.");
    const newPassword = await askNewPassword(context);
    const connection = context.open({ ...context.session, url, credential: accessToken(answer), workspace: undefined });
    await connection.client(AuthService).changePassword({ password, newPassword });
    answer = await client(AuthService).signIn({ userName, password: newPassword });
  } else if (answer.mustChangePassword) {
    context.note("the password has to be changed before anything else: npx signalbox passwd, and then npx signalbox login");
    return { who: answer.principal?.name ?? userName, workspaceName: "", profile: sessionProfile(url, answer) };
  }
  const signedIn = context.open({ ...context.session, url, credential: accessToken(answer), workspace: undefined });
  const chosen = await chooseWorkspace(context, signedIn).catch(async (error: unknown) => {
    // A session that nothing remembers is of no use to anybody.
    await signedIn
      .client(AuthService)
      .signOut({})
      .catch(() => undefined);
    throw error;
  });
  return {
    who: answer.principal?.name ?? userName,
    workspaceName: chosen.name,
    profile: { ...sessionProfile(url, answer), workspace: chosen.id },
  };
}

const accessToken = ({ tokens }: SignInResponse): string => tokens?.accessToken ?? "";

/** The tokens of a session as a profile keeps them. */
function sessionProfile(url: string, { tokens }: SignInResponse): Profile {
  return {
    url,
    refreshToken: tokens?.refreshToken,
    accessToken: tokens?.accessToken,
    accessExpireTimeMs: tokens?.accessExpireTime && timestampMs(tokens.accessExpireTime),
  };
}

async function askUrl({ terminal }: Context): Promise<string> {
  const typed = await ask(terminal, `address of the server (${localUrl})`, "npx signalbox login <url>");
  return typed.trim() || localUrl;
}

/** Another server's profile is not overwritten unless it was named. */
async function profileNameFor(url: string, file: string): Promise<string> {
  const { current, profiles } = await readProfiles(file);
  const same = (name: string) => profiles[name] !== undefined && sameUrl(profiles[name].url, url);
  if (same(current)) return current;
  const known = Object.keys(profiles).find(same);
  return known ?? ("default" in profiles ? new URL(url).host : "default");
}
