import { fieldInvalid, type SignalboxError } from "@signalbox/runtime/errors.ts";

const name = /^[^\s\p{Cc}]([^\p{Cc}]*[^\s\p{Cc}])?$/u;

/**
 * Why a text cannot name a step, a metric or a key; undefined where it can. Spaces at the
 * end above all: to some engines "loss" and "loss " are one.
 */
export function nameInvalid(field: string, text: string): SignalboxError | undefined {
  return name.test(text) ? undefined : fieldInvalid(field, "must not be empty, begin or end with a space, or hold control characters");
}
