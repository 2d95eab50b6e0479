import { archiveOf } from "./archive.ts";
import { readJson, textIn } from "./ask.ts";
import { type Host, instantOf, segment } from "./host.ts";

/** GitLab, wherever it is hosted. */
export const gitlab: Host = ({ address, apiAddress }, asked) => {
  const api = apiAddress || `${address.origin}/api/v4`;
  const project = `${api}/projects/${segment(address.path.join("/"))}`;
  return {
    async verify() {
      const { value } = await readJson(project, asked);
      const account = asked.authorization === undefined ? undefined : await readJson(`${api}/user`, asked).catch(() => undefined);
      const visibility = textIn(value, "visibility");
      return {
        account: textIn(account?.value, "username"),
        defaultBranch: textIn(value, "default_branch"),
        isPrivate: visibility === "" ? undefined : visibility !== "public",
      };
    },

    async commit(ref, missing) {
      const { value } = await readJson(`${project}/repository/commits/${segment(ref)}`, asked, { missing });
      return {
        commit: textIn(value, "id"),
        message: textIn(value, "message") || textIn(value, "title"),
        author: textIn(value, "author_name"),
        time: instantOf(textIn(value, "committed_date")),
      };
    },

    archive: (commit, missing) => archiveOf({ url: `${project}/repository/archive.tar.gz?sha=${commit}`, accept: "*/*" }, asked, missing),
  };
};
