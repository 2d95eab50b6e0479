import { timestampMs } from "@bufbuild/protobuf/wkt";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import type { Connection } from "../connection.ts";
import { patienceMs } from "./register-outputs.ts";

/** A token is renewed so long before it expires. */
const marginMs = 60_000;

/** Tokens of one run, issued to whoever the connection is, as a credential. */
export function runTokenCredential(connection: Connection, run: string): (expired?: string) => Promise<string> {
  let token = "";
  let expireTimeMs = 0;
  let issuing: Promise<string> | undefined;

  async function issue(): Promise<string> {
    const answer = await connection.client(RunService).issueRunToken({ run }, { timeoutMs: patienceMs });
    token = answer.token;
    expireTimeMs = answer.expireTime ? timestampMs(answer.expireTime) : Number.POSITIVE_INFINITY;
    return token;
  }

  return async (expired) => {
    if (token && token !== expired && Date.now() + marginMs < expireTimeMs) return token;
    issuing ??= issue().finally(() => {
      issuing = undefined;
    });
    return issuing;
  };
}
