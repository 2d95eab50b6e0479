import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { pid } from "node:process";
import { readVariable } from "./environment.ts";
import { misuse } from "./errors.ts";
import { withFileLock } from "./file-lock.ts";

/** A server, and who one is there. */
export interface Profile {
  readonly url: string;
  /** An API key; then there is no session. */
  readonly apiKey?: string | undefined;
  /** What renews the session. Each works once. */
  readonly refreshToken?: string | undefined;
  /** The session's present token, and when it expires in milliseconds since 1970. */
  readonly accessToken?: string | undefined;
  readonly accessExpireTimeMs?: number | undefined;
  readonly workspace?: string | undefined;
  readonly project?: string | undefined;
}

export interface Profiles {
  /** The name of the one in use; empty for none. */
  readonly current: string;
  readonly profiles: Readonly<Record<string, Profile>>;
}

const none: Profiles = { current: "", profiles: {} };

/** Where profiles are kept: `$XDG_CONFIG_HOME/signalbox/profiles.json`, or the same under `~/.config`. */
export function profilesFile(): string {
  return join(readVariable("XDG_CONFIG_HOME") ?? join(homedir(), ".config"), "signalbox", "profiles.json");
}

/** All profiles; none where there is no file. Fails with MISUSE where the file cannot be understood. */
export async function readProfiles(file = profilesFile()): Promise<Profiles> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return none;
    throw misuse(`the profiles in ${file} cannot be read: ${(cause as Error).message}`, cause);
  }
  try {
    const { current = "", profiles = {} } = JSON.parse(text) as Partial<Profiles>;
    return { current, profiles };
  } catch (cause) {
    throw misuse(`${file} is not JSON; repair or remove it`, cause);
  }
}

/** The profile of this name, or the current one; undefined where there is none. */
export async function readProfile(name?: string, file = profilesFile()): Promise<(Profile & { readonly name: string }) | undefined> {
  const { current, profiles } = await readProfiles(file);
  const wanted = name ?? current;
  const profile = Object.hasOwn(profiles, wanted) ? profiles[wanted] : undefined;
  return profile && { ...profile, name: wanted };
}

/** Keeps a profile, readable by its owner alone, and makes it the current one unless told otherwise. */
export async function writeProfile(name: string, profile: Profile, { current = true, file = profilesFile() } = {}): Promise<void> {
  await changeProfiles(
    (known) => ({
      current: current ? name : known.current,
      profiles: { ...known.profiles, [name]: profile },
    }),
    file,
  );
}

/** Forgets a profile; another stays current only if it was. */
export async function removeProfile(name: string, file = profilesFile()): Promise<void> {
  await changeProfiles(({ current, profiles }) => {
    const { [name]: _gone, ...rest } = profiles;
    return { current: current === name ? "" : current, profiles: rest };
  }, file);
}

/** Changes the file while no other process does. What is read is what was last written. */
export async function changeProfiles(change: (known: Profiles) => Profiles | Promise<Profiles>, file = profilesFile()): Promise<Profiles> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  return withFileLock(`${file}.lock`, async () => {
    const changed = await change(await readProfiles(file));
    const fresh = `${file}.${pid}.tmp`;
    await writeFile(fresh, `${JSON.stringify(changed, null, 2)}\n`, { mode: 0o600 });
    await chmod(fresh, 0o600);
    await rename(fresh, file);
    return changed;
  });
}
