import { archiveOf } from "./archive.ts";
import { readJson, textIn } from "./ask.ts";
import { type Host, instantOf, segment } from "./host.ts";

const accept = "application/vnd.github+json";

/** GitHub, and GitHub Enterprise Server, whose API lies below its own address. */
export const github: Host = ({ address, apiAddress }, asked) => {
  const api = apiAddress || (address.origin === "https://github.com" ? "https://api.github.com" : `${address.origin}/api/v3`);
  const [owner = "", name = ""] = address.path;
  const repository = `${api}/repos/${segment(owner)}/${segment(name)}`;
  return {
    async verify() {
      const { value } = await readJson(repository, asked, { accept });
      // Tokens of an app or of one repository belong to nobody: then the account is refused, and the repository is readable all the same.
      const account =
        asked.authorization === undefined ? undefined : await readJson(`${api}/user`, asked, { accept }).catch(() => undefined);
      return {
        account: textIn(account?.value, "login"),
        defaultBranch: textIn(value, "default_branch"),
        isPrivate: typeof value.private === "boolean" ? value.private : undefined,
      };
    },

    async commit(ref, missing) {
      // The files of a commit come by pages too; none of them is wanted.
      const { value } = await readJson(`${repository}/commits/${segment(ref)}?per_page=1`, asked, { accept, missing });
      return {
        commit: textIn(value, "sha"),
        message: textIn(value, "commit", "message"),
        author: textIn(value, "commit", "author", "name"),
        time: instantOf(textIn(value, "commit", "committer", "date")),
      };
    },

    archive: (commit, missing) => archiveOf({ url: `${repository}/tarball/${commit}`, accept }, asked, missing),
  };
};
