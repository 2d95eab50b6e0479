import { type Handle, isHandle } from "../artifacts/handle.ts";
import { isPlainObject } from "../canonical.ts";
import { misuse } from "../errors.ts";
import type { MetadataValue } from "../metadata.ts";

/** Artifact versions by the names that a step gives them. */
export type Handles = Readonly<Record<string, Handle<unknown>>>;

/**
 * What `run.step` gives for what the function returned: handles, alone, in a
 * list or in an object, as they are; nothing for nothing; any other value as
 * the handle that it was saved under.
 */
export type Output<R> = [R] extends [undefined]
  ? undefined
  : // biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing has this type
    [R] extends [void]
    ? undefined
    : R extends Handle<unknown> | readonly Handle<unknown>[] | Handles
      ? R
      : Handle<R>;

/** An output of a step: what the step calls it, and whether it has to be said how it was returned. */
export interface NamedOutput {
  readonly name: string;
  readonly handle: Handle<unknown>;
  /** How it was returned where that cannot be seen from the outputs alone: see {@link shapeKey}. */
  readonly shape: "kept" | "member" | "item" | undefined;
}

/**
 * The key of the metadata of an artifact version under which a step's return
 * shape is kept where its outputs leave it open. One output stands for itself
 * and several for an object, unless they say that they were saved and not
 * returned ("kept"), are the only "member" of an object, or an "item" of a list.
 */
export const shapeKey = "signalbox.returned";

/** Names what a step returned and what it saved besides. Fails with MISUSE where two have one name. */
export function nameOutputs(returned: unknown, saved: readonly Handle<unknown>[]): readonly NamedOutput[] {
  const outputs = returnedOutputs(returned);
  const named = new Set(outputs.map(({ handle }) => handle));
  for (const handle of saved) {
    if (!named.has(handle)) outputs.push({ name: handle.name, handle, shape: "kept" });
  }
  const names = new Set<string>();
  for (const { name } of outputs) {
    if (names.has(name)) throw misuse(`two outputs of the step are called "${name}"; give one another name`);
    names.add(name);
  }
  return outputs;
}

function returnedOutputs(returned: unknown): NamedOutput[] {
  if (isHandle(returned)) return [{ name: returned.name, handle: returned, shape: undefined }];
  if (isHandleList(returned)) return returned.map((handle, index) => ({ name: String(index), handle, shape: "item" }));
  if (!isHandleObject(returned)) return [];
  const members = Object.entries(returned);
  return members.map(([name, handle]) => ({ name, handle, shape: members.length === 1 ? "member" : undefined }));
}

export const isReturnable = (value: unknown): boolean =>
  value === undefined || isHandle(value) || isHandleList(value) || isHandleObject(value);

const isHandleList = (value: unknown): value is readonly Handle<unknown>[] =>
  Array.isArray(value) && value.length > 0 && value.every(isHandle);

const isHandleObject = (value: unknown): value is Handles => isPlainObject(value) && Object.values(value).every(isHandle);

/** What the step returned, from its outputs alone: the way back from {@link nameOutputs}. */
export function returnedFrom(outputs: readonly { readonly name: string; readonly handle: Handle<unknown> }[]): unknown {
  const returned = outputs.filter(({ handle }) => shapeOf(handle) !== "kept");
  const [only] = returned;
  if (!only) return undefined;
  const shape = shapeOf(only.handle);
  if (shape === "item") return [...returned].sort((one, other) => Number(one.name) - Number(other.name)).map(({ handle }) => handle);
  if (returned.length === 1 && shape !== "member") return only.handle;
  return Object.fromEntries(returned.map(({ name, handle }) => [name, handle]));
}

const shapeOf = (handle: Handle<unknown>): MetadataValue | undefined => handle.metadata[shapeKey];
