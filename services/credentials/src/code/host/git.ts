import { providerUnavailable } from "../../provider/failure.ts";
import { archiveOfCommit } from "../git/archive.ts";
import { read } from "./ask.ts";
import type { Host } from "./host.ts";
import { packetLines } from "./packet-lines.ts";

/** All refs of a repository may come at once; half a million of them are about so much. */
const mostBytes = 32 * 1024 * 1024;

/** What a repository has: the commits of its refs by their full names, tags by what they point to in the end. */
interface Refs {
  readonly commits: ReadonlyMap<string, string>;
  /** The branch that HEAD is; empty where that is not told. */
  readonly head: string;
}

/** Whatever speaks git's smart protocol over http: gitprotocol-http(5), the first version, which all servers still speak. */
export const git: Host = ({ address: { origin, path } }, asked) => {
  const repository = `${origin}/${path.join("/")}`;

  async function refs(): Promise<Refs> {
    const { body } = await read(`${repository}/info/refs?service=git-upload-pack`, asked, { mostBytes });
    const refs = refsOf(body);
    if (!refs) throw providerUnavailable("git", "answer_unreadable");
    return refs;
  }

  return {
    async verify() {
      const { head } = await refs();
      return { account: "", defaultBranch: head, isPrivate: undefined };
    },

    async commit(ref, missing) {
      const { commits } = await refs();
      // As git itself looks for a name. An id is known if it is where some ref points to.
      const name = [ref, `refs/${ref}`, `refs/tags/${ref}`, `refs/heads/${ref}`].find((each) => commits.has(each));
      const commit = name === undefined ? [...commits.values()].find((each) => each === ref) : commits.get(name);
      if (commit === undefined) throw missing;
      return { commit, message: "", author: "", time: undefined };
    },

    archive(commit, missing) {
      const name = (path.at(-1) ?? "").replace(/\.git$/, "").replace(/[^A-Za-z0-9._-]/g, "-");
      return archiveOfCommit({ repository, commit, folder: `${name}-${commit}` }, asked, missing);
    },
  };
};

/** Reads the advertisement of refs. Undefined where it is something else, such as a page to sign in. */
function refsOf(body: Buffer): Refs | undefined {
  const lines = packetLines(body);
  if (lines?.[0] !== "# service=git-upload-pack") return undefined;
  const commits = new Map<string, string>();
  let head = "";
  for (const line of lines.slice(1)) {
    const [text = "", capabilities = ""] = line.split("\0");
    const [, id = "", name = ""] = /^([0-9a-f]{40}(?:[0-9a-f]{24})?) (.+?)(?:\^\{\})?$/.exec(text) ?? [];
    if (id === "") return undefined;
    // The line of a tag comes before that of what it points to. A repository without commits has one line without a ref.
    if (name !== "capabilities") commits.set(name, id);
    head ||= /(?:^| )symref=HEAD:refs\/heads\/([^ ]+)/.exec(capabilities)?.[1] ?? "";
  }
  return { commits, head };
}
