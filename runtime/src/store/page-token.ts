import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { SignalboxError } from "../errors.ts";
import type { OrderColumn } from "./order.ts";
import type { PageSeal } from "./page-seal.ts";

/** A value of an order column: text, a number or the bytes of an id. */
export type OrderValue = string | number | Buffer;

/** The token of the page after a row that has these values. */
export function tokenOf(values: readonly OrderValue[], seal: PageSeal, bound: Uint8Array): string {
  const written = values.map((value) => (Buffer.isBuffer(value) ? { id: value.toString("base64url") } : value));
  return seal.seal(Buffer.from(JSON.stringify(written)), bound);
}

/** The values in a token. Fails with PAGE_TOKEN_INVALID if it is not one of this list. */
export function valuesOf(token: string, order: readonly OrderColumn[], seal: PageSeal, bound: Uint8Array): OrderValue[] {
  const plain = seal.open(token, bound);
  const written = plain && (JSON.parse(Buffer.from(plain).toString()) as (string | number | { id: string })[]);
  // An order that a release changed has another number of columns; the token is sealed, so nothing else can differ.
  if (written?.length !== order.length) {
    throw new SignalboxError(
      Reason.PAGE_TOKEN_INVALID,
      "the page token is damaged, or belongs to another list, filter, order or workspace",
    );
  }
  return written.map((value) => (typeof value === "object" ? Buffer.from(value.id, "base64url") : value));
}
