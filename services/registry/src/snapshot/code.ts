import { createHash } from "node:crypto";
import { CodeHost } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { type Id, toUuid, toUuidOrNone } from "@signalbox/runtime/ids.ts";
import { commitUrl } from "../code-repository/commit-url.ts";
import type { SnapshotOfPipeline } from "./store.ts";

/** Where the code of a snapshot lies, and where people see it. */
export function toCodeReference({
  codeRepository,
  codeRepositoryId,
  codeCommit,
  codePath,
  codeDirty,
  codeHost,
  codeAddress,
}: SnapshotOfPipeline) {
  return {
    id: referenceId(codeRepositoryId, codeRepository, codeCommit, codePath),
    repository: codeRepository,
    codeRepository: toUuidOrNone(codeRepositoryId),
    commit: codeCommit,
    path: codePath,
    dirty: codeDirty === 1,
    url: commitUrl({ host: codeHost ?? CodeHost.UNSPECIFIED, address: codeAddress ?? "" }, { commit: codeCommit, path: codePath }),
  };
}

/** One for the same repository, commit and path, whichever snapshot names them. */
function referenceId(registered: Id, ...named: readonly string[]): string {
  const id = createHash("sha256").update(registered).update(named.join("\0")).digest().subarray(0, 16);
  // A UUID whose bits mean what its maker says: version 8.
  id.writeUInt8(0x80 | (id.readUInt8(6) & 0x0f), 6);
  id.writeUInt8(0x80 | (id.readUInt8(8) & 0x3f), 8);
  return toUuid(id);
}
