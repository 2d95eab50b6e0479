import { CodeHost } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import type { CodeProvider } from "../../provider/failure.ts";
import { bitbucket } from "./bitbucket.ts";
import { bitbucketDataCenter } from "./bitbucket-data-center.ts";
import { git } from "./git.ts";
import { github } from "./github.ts";
import { gitlab } from "./gitlab.ts";
import type { Host } from "./host.ts";

/** The hosts that can be spoken to. */
export const hosts: Readonly<Record<CodeHost, { readonly provider: CodeProvider; readonly host: Host } | undefined>> = {
  [CodeHost.UNSPECIFIED]: undefined,
  [CodeHost.GITHUB]: { provider: "github", host: github },
  [CodeHost.GITLAB]: { provider: "gitlab", host: gitlab },
  [CodeHost.BITBUCKET]: { provider: "bitbucket", host: bitbucket },
  [CodeHost.BITBUCKET_DATA_CENTER]: { provider: "bitbucket_data_center", host: bitbucketDataCenter },
  [CodeHost.GIT]: { provider: "git", host: git },
};
