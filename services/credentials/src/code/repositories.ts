import { Code, ConnectError } from "@connectrpc/connect";
import { type CodeRepository, CodeRepositoryService } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { onward, type Peers } from "@signalbox/runtime/peers/peers.ts";
import type { Resolved } from "@signalbox/runtime/policy/grant.ts";
import type { Resolver } from "@signalbox/runtime/policy/resolver.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";

export interface CodeRepositories {
  /** Asks registry, as the caller: what they may not see there is not found here. */
  readonly resolve: Resolver;
  /** The code repository that a call was granted. */
  of(call: Call): CodeRepository;
}

/** The code repositories that requests name. They are registry's. */
export function codeRepositories(peers: Peers): CodeRepositories {
  const found = new WeakMap<Resolved, CodeRepository>();
  return {
    async resolve(reference, { project = "", call }) {
      const answer = await peers(CodeRepositoryService)
        .getCodeRepository({ codeRepository: reference, project }, onward(call))
        .catch((error: unknown) => {
          if (error instanceof ConnectError && error.code === Code.NotFound) return undefined;
          throw error;
        });
      const repository = answer?.codeRepository;
      if (!repository) return undefined;
      const resolved: Resolved = { id: repository.id, project: repository.project, owner: repository.owner?.id };
      found.set(resolved, repository);
      return resolved;
    },

    of({ granted, method }) {
      const repository = granted?.resource && found.get(granted.resource);
      if (!repository) throw new Error(`${method.name} names a code repository, and authorize found none`);
      return repository;
    },
  };
}
