import { CodeHost } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import type { CodeRepositoryRow } from "./tables.ts";

interface Place {
  readonly commit: string;
  /** Empty for the commit itself. */
  readonly path: string;
  /** From 1; 0 for none. */
  readonly line?: number;
}

/** Where a host shows a commit, or a file of it, below the address of the repository. */
const pages: Readonly<Record<CodeHost, ((commit: string, path: string, line: number) => string) | undefined>> = {
  [CodeHost.UNSPECIFIED]: undefined,
  [CodeHost.GITHUB]: (commit, path, line) => (path === "" ? `/commit/${commit}` : `/blob/${commit}/${path}${line ? `#L${line}` : ""}`),
  [CodeHost.GITLAB]: (commit, path, line) => (path === "" ? `/-/commit/${commit}` : `/-/blob/${commit}/${path}${line ? `#L${line}` : ""}`),
  [CodeHost.BITBUCKET]: (commit, path, line) =>
    path === "" ? `/commits/${commit}` : `/src/${commit}/${path}${line ? `#lines-${line}` : ""}`,
  [CodeHost.BITBUCKET_DATA_CENTER]: (commit, path, line) =>
    path === "" ? `/commits/${commit}` : `/browse/${path}?at=${commit}${line ? `#${line}` : ""}`,
  [CodeHost.GIT]: undefined,
};

/** Where people see a commit of a code repository; empty where there is no such page. */
export function commitUrl(repository: Pick<CodeRepositoryRow, "host" | "address"> | undefined, { commit, path, line = 0 }: Place): string {
  const page = repository && pages[repository.host];
  if (!page || repository.address === "" || commit === "") return "";
  const address = repository.address.replace(/\/+$/, "").replace(/\.git$/, "");
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  return address + page(commit, segments.map(encodeURIComponent).join("/"), line);
}
