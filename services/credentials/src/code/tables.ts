import type { CodeHost } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";

/** How the host of a code repository is asked, and for what of the repository that was given. */
export interface CodeAccessRow {
  workspaceId: Id;
  codeRepositoryId: Id;
  /** When the repository was created: another one may come to have the id of one that was deleted. */
  repositoryTime: Micros;
  host: CodeHost;
  address: string;
  apiAddress: string;
  /** All zeros for none. */
  secretId: Id;
  secretKey: string;
  userName: string;
  principalId: Id;
  updateTime: Micros;
}
