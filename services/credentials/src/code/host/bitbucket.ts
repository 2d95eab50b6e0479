import { archiveOf } from "./archive.ts";
import { readJson, textIn } from "./ask.ts";
import { type Host, instantOf, segment } from "./host.ts";

/** Bitbucket Cloud. */
export const bitbucket: Host = ({ address, apiAddress }, asked) => {
  const api = apiAddress || "https://api.bitbucket.org/2.0";
  const path = address.path.map(segment).join("/");
  const repository = `${api}/repositories/${path}`;
  return {
    async verify() {
      const { value } = await readJson(repository, asked);
      const account = asked.authorization === undefined ? undefined : await readJson(`${api}/user`, asked).catch(() => undefined);
      return {
        account: textIn(account?.value, "username") || textIn(account?.value, "display_name"),
        defaultBranch: textIn(value, "mainbranch", "name"),
        isPrivate: typeof value.is_private === "boolean" ? value.is_private : undefined,
      };
    },

    async commit(ref, missing) {
      const { value } = await readJson(`${repository}/commit/${segment(ref)}`, asked, { missing });
      return {
        commit: textIn(value, "hash"),
        message: textIn(value, "message"),
        author: textIn(value, "author", "user", "display_name") || textIn(value, "author", "raw"),
        time: instantOf(textIn(value, "date")),
      };
    },

    // Not by its API: archives lie where people see the repository.
    archive: (commit, missing) => archiveOf({ url: `${address.origin}/${path}/get/${commit}.tar.gz`, accept: "*/*" }, asked, missing),
  };
};
