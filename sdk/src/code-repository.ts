import { CodeAccessService, type GetCommitResponse } from "@signalbox/gen/signalbox/credentials/v1/code_access_service_pb.ts";
import type { Connection } from "./connection.ts";

/** A registered code repository, by what its host tells. */
export interface CodeRepository {
  /** The commit that a branch, a tag or an id stands for. Fails with NOT_FOUND. */
  commit(ref: string): Promise<GetCommitResponse>;
  /** The files of a commit as a gzipped tar, chunk by chunk; of a branch or a tag, those that it has now. */
  archive(ref: string, options?: { readonly signal?: AbortSignal }): AsyncGenerator<Uint8Array>;
}

const fullId = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

export function findCodeRepository(connection: Connection, project: string, codeRepository: string): CodeRepository {
  const client = connection.client(CodeAccessService);
  const which = { codeRepository, project };
  return {
    commit: (ref) => client.getCommit({ ...which, ref }),
    async *archive(ref, { signal } = {}) {
      const options = signal ? { signal } : {};
      const { commit } = fullId.test(ref) ? { commit: ref } : await client.getCommit({ ...which, ref }, options);
      for await (const { chunk } of client.downloadArchive({ ...which, commit }, options)) yield chunk;
    },
  };
}
