import type { Call } from "@signalbox/runtime/rpc/call.ts";

/** For which generation of a run a caller reports: a token is good for one and for no later, whatever its bearer says. 0 where nobody says. */
export const generationFor = ({ caller }: Call, said: number): number =>
  caller?.kind === "run" ? Math.min(said || caller.generation, caller.generation) : said;
