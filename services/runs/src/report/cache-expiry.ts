import { fieldInvalid, notFound, type SignalboxError } from "@signalbox/runtime/errors.ts";
import { isEnded } from "../status/transitions.ts";
import type { Change } from "./change.ts";
import { attemptOf, latestOf, type RunDraft } from "./draft.ts";
import { notEnded, stepNamed } from "./refusal.ts";
import { expireCache } from "./started.ts";

/** Changes until when the outputs of an attempt serve; before its end they do not yet, and its end may say another time. */
export function applyCacheExpiry(
  draft: RunDraft,
  { step: name, attempt, cacheExpiresTime }: Extract<Change, { readonly kind: "cache expiry" }>,
): SignalboxError | undefined {
  const step = attempt === 0 ? latestOf(draft, name) : attemptOf(draft, name, attempt);
  if (!step) return notFound("step", attempt === 0 ? name : `${name}, attempt ${attempt}`);
  if (!isEnded(step.row.status)) return notEnded(stepNamed(name), step.row.status);
  if (step.row.cacheKey === "") return fieldInvalid("step", "has no cache key, so its outputs serve no other", "cache_key");
  expireCache(draft, step, cacheExpiresTime);
  step.changed = true;
  draft.changed = true;
  return undefined;
}
