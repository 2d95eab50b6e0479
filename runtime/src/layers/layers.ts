import type { Admission } from "../host/admission.ts";
import type { Log } from "../host/log.ts";
import type { Layer } from "../rpc/handler.ts";
import { accessLog } from "./access-log.ts";
import { admit } from "./admit.ts";
import { type Authentication, authenticate } from "./authenticate.ts";
import { type Authorization, authorize } from "./authorize.ts";
import { deadline } from "./deadline.ts";
import { mapErrors } from "./map-errors.ts";
import { type RecordRefusal, refusals } from "./refusals.ts";
import { trace } from "./trace.ts";
import { validate } from "./validate.ts";

export interface LayerNeeds extends Authentication, Authorization {
  readonly log: Log;
  readonly recordRefusal: RecordRefusal;
  /** Where calls come from other processes; what comes from this one was let in at the edge. */
  readonly admission?: Admission | undefined;
}

/** What every call passes, outermost first, and why it stands where it does. */
export function layers(needs: LayerNeeds): readonly Layer[] {
  return [
    trace(), // first, so that everything is measured
    accessLog(needs.log), // next, so that refusals are logged
    mapErrors, // inside both, so that they see the status that the caller sees
    ...(needs.admission ? [admit(needs.admission)] : []), // before whatever costs something
    deadline, // before anything slow
    refusals(needs.recordRefusal), // around everything that may refuse, once it is known who asks
    authenticate(needs), // before validate: a stranger learns nothing of the schema
    validate(), // before authorize, which reads fields of the request
    authorize(needs), // last, next to the work it guards
  ];
}
