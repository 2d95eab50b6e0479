import type { Message } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { textAt } from "../contract/path.ts";
import { auditOf } from "../contract/policy-of.ts";
import { codeOf, reasonName, SignalboxError } from "../errors.ts";
import type { Call } from "../rpc/call.ts";
import type { Layer } from "../rpc/handler.ts";
import { ending } from "../rpc/streams.ts";

/** Keeps the audit event of a call that was refused. Returns at once; what it keeps is written soon. */
export type RecordRefusal = (call: Call, reason: string, subject: string) => void;

// A refusal says something about the caller; anything else says something about the request or the server.
const refused = new Set([Code.PermissionDenied, Code.NotFound]);

/** Hands refused calls of audited methods, by callers that are known, to the audit log. */
export function refusals(record: RecordRefusal): Layer {
  function note(error: unknown, request: Message | undefined, call: Call): void {
    const audit = auditOf(call.method);
    if (!call.caller || call.caller.kind === "service" || !audit || audit.record.case === "runEvents") return;
    if (!(error instanceof SignalboxError) || !refused.has(codeOf(error.reason))) return;
    const subject = request && audit.record.case === "subject" ? textAt(request, audit.record.value) : "";
    record(call, reasonName(error.reason), subject);
  }
  return {
    unary: (next) => async (request, call) => {
      try {
        return await next(request, call);
      } catch (error) {
        note(error, request, call);
        throw error;
      }
    },
    stream: (next) => (requests, call) =>
      ending(next(requests, call), {
        failed(error) {
          note(error, undefined, call);
          return error;
        },
      }),
  };
}
