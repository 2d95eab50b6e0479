import type { DescMessage, DescService, Message, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import type { Handlers } from "../rpc/handler.ts";

export type Plural<N extends string> = N extends `${infer Stem}y` ? `${Stem}ies` : `${N}s`;

/** The methods that are the same for every resource, by the resource's name in the contract: "Model". */
type StandardMethod<N extends string> =
  | `create${N}`
  | `get${N}`
  | `batchGet${Plural<N>}`
  | `list${Plural<N>}`
  | `update${N}`
  | `delete${N}`
  | `batchDelete${Plural<N>}`;

/** Those of them that a service of the contract has. */
export type StandardHandlers<S extends DescService, N extends string> = Pick<Handlers<S>, Extract<keyof S["method"], StandardMethod<N>>>;

/** The request of one of them. */
export type RequestOf<S extends DescService, M extends string> = M extends keyof S["method"]
  ? MessageShape<S["method"][M]["input"]>
  : never;

type Answered<S extends DescService, M extends string, F extends string> = M extends keyof S["method"]
  ? MessageShape<S["method"][M]["output"]> extends { readonly [K in F]?: infer R extends Message | undefined }
    ? NonNullable<R>
    : never
  : never;

/** The resource itself, as the contract has it. */
export type ResourceOf<S extends DescService, N extends string> = Answered<S, `get${N}`, Uncapitalize<N>>;

/** What messages of every resource have, and rows too. */
type Common = "$typeName" | "$unknown" | "id" | "project" | "owner" | "createTime" | "updateTime" | "etag";

type Init<V> = V extends Message ? MessageInitShape<GenMessage<V>> : V extends readonly (infer E)[] ? Init<E>[] : V;

/** What is a resource's own among its fields: every one of them, so that none is forgotten. */
export type OwnFields<S extends DescService, N extends string> = {
  readonly [F in keyof Omit<ResourceOf<S, N>, Common>]: Init<ResourceOf<S, N>[F]>;
};

/** "CodeRepository" as fields and methods have it: codeRepository, codeRepositories, code_repository. */
export function spellings(name: string) {
  const one = name.charAt(0).toLowerCase() + name.slice(1);
  const plural = (text: string) => (text.endsWith("y") ? `${text.slice(0, -1)}ies` : `${text}s`);
  return { one, many: plural(one), Many: plural(name), type: snakeCase(one) };
}

export const snakeCase = (text: string): string => text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
export const camelCase = (text: string): string => text.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The schemas of a method that a service has. */
export function schemasOf(service: DescService, method: string): { readonly input: DescMessage; readonly output: DescMessage } {
  const found = service.method[method];
  if (!found) throw new Error(`${service.typeName} has no method ${method}`);
  return found;
}
