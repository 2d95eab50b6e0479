import type { ConnectionOptions, Credential } from "./connection.ts";
import { readVariable } from "./environment.ts";
import { misuse } from "./errors.ts";
import { readProfile } from "./profile.ts";
import { sessionCredential } from "./session.ts";

export interface ConnectOptions extends Omit<ConnectionOptions, "url" | "credential"> {
  /** Where the server is; from SIGNALBOX_URL or the profile where absent. */
  readonly url?: string | undefined;
  /** An API key or personal access token; from SIGNALBOX_API_KEY or the profile where absent. */
  readonly apiKey?: string | undefined;
  /** A token of one run, for the steps that an orchestrator starts; from SIGNALBOX_RUN_TOKEN where absent. */
  readonly runToken?: string | undefined;
  /** The name of a profile; the current one where absent. */
  readonly profile?: string | undefined;
  /** The project where a call does not name one; from SIGNALBOX_PROJECT or the profile where absent. */
  readonly project?: string | undefined;
}

/** Where to connect, and as whom. */
export interface Target extends ConnectionOptions {
  readonly credential: Credential;
  readonly project: string | undefined;
}

/**
 * Settles where to connect and as whom: what the caller says, else the
 * environment, else the profile. A key is never sent to a server that it was
 * not given with. Fails with MISUSE where nothing says so.
 */
export async function findTarget(options: ConnectOptions = {}): Promise<Target> {
  const { url, apiKey, runToken, profile: wanted, project = readVariable("SIGNALBOX_PROJECT"), ...rest } = options;
  const workspace = rest.workspace ?? readVariable("SIGNALBOX_WORKSPACE");
  const said = apiKey ?? runToken;
  if (url && said) return { ...rest, url, credential: said, project, workspace };
  const set = { url: readVariable("SIGNALBOX_URL"), key: said ?? readVariable("SIGNALBOX_API_KEY") ?? readVariable("SIGNALBOX_RUN_TOKEN") };
  if (!wanted && set.url && set.key && (!url || isSame(url, set.url)))
    return { ...rest, url: set.url, credential: set.key, project, workspace };
  const profile = await readProfile(wanted);
  if (!profile || (url && !isSame(url, profile.url))) throw misuse(explain(url, wanted));
  const credential = said ?? profile.apiKey ?? sessionCredential(profile.name, profile, rest);
  return { ...rest, url: profile.url, credential, project: project ?? profile.project, workspace: workspace ?? profile.workspace };
}

const isSame = (url: string, other: string): boolean => url.replace(/\/$/, "") === other.replace(/\/$/, "");

function explain(url: string | undefined, profile: string | undefined): string {
  if (profile) return `there is no profile "${profile}"; make it with: signalbox login --profile ${profile}`;
  if (url) return `nothing says who you are at ${url}: pass apiKey, or set SIGNALBOX_URL and SIGNALBOX_API_KEY`;
  return "nothing says where the server is: pass url and apiKey, set SIGNALBOX_URL and SIGNALBOX_API_KEY, or run: signalbox login";
}
