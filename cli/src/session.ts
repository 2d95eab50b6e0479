import { join } from "node:path";
import {
  type Connection,
  type Credential,
  openConnection,
  type Profile,
  profilesFile,
  readProfile,
  sessionCredential,
} from "@signalbox/sdk";
import type { GlobalOptions } from "./context.ts";
import { ExitCode } from "./exit-code.ts";
import { CommandError, notSignedIn } from "./failure.ts";

export type { Connection } from "@signalbox/sdk";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a command calls, and as whom, as far as that is known. */
export interface Session {
  /** The file that keeps the profiles. */
  readonly file: string;
  /** The profile in use, where it is one that says who one is. */
  readonly profile: (Profile & { readonly name: string }) | undefined;
  readonly url: string | undefined;
  /** Absent where nothing says who one is. */
  readonly credential: Credential | undefined;
  readonly workspace: string | undefined;
  readonly project: string | undefined;
}

/** The file that keeps the profiles. */
const profilesFileOf = (env: Environment): string =>
  env.XDG_CONFIG_HOME ? join(env.XDG_CONFIG_HOME, "signalbox", "profiles.json") : profilesFile();

/** An address without the slash that makes no difference. */
export const sameUrl = (one: string, other: string): boolean => one.replace(/\/$/, "") === other.replace(/\/$/, "");

/**
 * Settles where to call and as whom: what the command line says, else the
 * environment, else the profile. A key is never sent to a server that it was
 * not given with.
 */
export async function settleSession(options: GlobalOptions, env: Environment): Promise<Session> {
  const file = profilesFileOf(env);
  const project = options.project ?? env.SIGNALBOX_PROJECT;
  const workspace = options.workspace ?? env.SIGNALBOX_WORKSPACE;
  const key = env.SIGNALBOX_API_KEY ?? env.SIGNALBOX_RUN_TOKEN;
  const { SIGNALBOX_URL: url } = env;
  if (!options.profile && url && key && (!options.url || sameUrl(options.url, url))) {
    return { file, profile: undefined, url, credential: key, workspace, project };
  }
  const profile = await readProfile(options.profile, file);
  const asked = options.url ?? (options.profile ? undefined : url);
  if (!profile || (asked && !sameUrl(asked, profile.url))) {
    return { file, profile: undefined, url: asked, credential: undefined, workspace, project };
  }
  return {
    file,
    profile,
    url: profile.url,
    credential: profile.apiKey ?? (profile.refreshToken ? sessionCredential(profile.name, profile, { file }) : undefined),
    workspace: workspace ?? profile.workspace,
    project: project ?? profile.project,
  };
}

// A server that is starting is waited for; one that is not there is told soon.
const retryMs = 2000;

/** Opens the connection of a session; with a credential unless `anonymous`. Fails as not signed in. */
export function openSession(session: Session, { anonymous = false } = {}): Connection {
  const { url, credential, workspace } = session;
  if (!url) throw notSignedIn("nothing says where the server is", "npx signalbox login http://localhost:8750");
  if (!credential && !anonymous) throw notSignedIn(`you are not signed in at ${url}`, `npx signalbox login ${url}`);
  return openConnection({ url, credential: anonymous ? undefined : credential, workspace, retryMs });
}

/** Fails where a profile was asked for by name and there is none. */
export function checkProfile({ profile }: Session, options: GlobalOptions): void {
  if (!options.profile || profile) return;
  throw new CommandError({
    exitCode: ExitCode.NOT_SIGNED_IN,
    reason: "CREDENTIALS_MISSING",
    message: `there is no profile "${options.profile}"`,
    hints: [`npx signalbox login --profile ${options.profile}`],
  });
}
