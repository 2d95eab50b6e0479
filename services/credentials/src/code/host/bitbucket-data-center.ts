import { providerUnavailable } from "../../provider/failure.ts";
import { archiveOf } from "./archive.ts";
import { readJson, textIn } from "./ask.ts";
import { type Host, segment } from "./host.ts";

/** Bitbucket Data Center, and the Server before it. */
export const bitbucketDataCenter: Host = ({ address, apiAddress }, asked) => {
  const api = apiAddress || `${address.origin}${address.base}/rest/api/latest`;
  const [project = "", name = ""] = address.path;
  const repository = `${api}/projects/${segment(project)}/repos/${segment(name)}`;
  return {
    async verify() {
      const { value, headers } = await readJson(repository, asked);
      // A repository without commits has no default branch.
      const branch = await readJson(`${repository}/default-branch`, asked, { missing: noBranch }).catch((error: unknown) => {
        if (error !== noBranch) throw error;
      });
      const account = headers["x-ausername"];
      return {
        account: typeof account === "string" ? account : "",
        defaultBranch: textIn(branch?.value, "displayId"),
        isPrivate: typeof value.public === "boolean" ? !value.public : undefined,
      };
    },

    async commit(ref, missing) {
      const { value } = await readJson(`${repository}/commits/${segment(ref)}`, asked, { missing });
      const { committerTimestamp } = value;
      if (committerTimestamp !== undefined && !Number.isSafeInteger(committerTimestamp)) {
        throw providerUnavailable("bitbucket_data_center", "answer_unreadable");
      }
      return {
        commit: textIn(value, "id"),
        message: textIn(value, "message"),
        author: textIn(value, "author", "displayName") || textIn(value, "author", "name"),
        time: committerTimestamp === undefined ? undefined : Number(committerTimestamp) * 1000,
      };
    },

    archive: (commit, missing) => archiveOf({ url: `${repository}/archive?at=${commit}&format=tar.gz`, accept: "*/*" }, asked, missing),
  };
};

const noBranch = new Error("the repository has no default branch");
