import { tooLarge } from "../../outbound/send.ts";
import { failureOf, providerUnavailable } from "../../provider/failure.ts";
import { type Asked, opened } from "./ask.ts";

const usualMostBytes = 512 * 1024 * 1024;
const mostChunk = 256 * 1024;

/** What every gzip begins with. */
const magic = Buffer.from([0x1f, 0x8b]);

/** How long an archive may take to begin: hosts pack it first. */
const beginMs = 60_000;
/** How long there may be nothing between two of its chunks. */
const pauseMs = 30_000;
const mostMs = 15 * 60_000;

/**
 * The bytes of an archive as they come, as fast as they are taken. Fails with PROVIDER_REFUSED or PROVIDER_UNAVAILABLE, also on the way,
 * and with `missing` where the host has no such commit. What is no gzip is refused before anything of it is passed on: a page to sign in
 * is none, nor is whatever else may stand where an address leads.
 */
export async function* archiveOf(
  { url, accept }: { readonly url: string; readonly accept: string },
  asked: Asked,
  missing: Error,
  mostBytes = usualMostBytes,
): AsyncIterable<Buffer> {
  const { provider, timeoutMs } = asked;
  const late = new AbortController();
  const end = setTimeout(() => late.abort(), mostMs);
  let next = setTimeout(() => late.abort(), timeoutMs ?? beginMs);
  try {
    const response = await opened(url, asked, { accept, missing }, AbortSignal.any([asked.signal, late.signal]));
    let size = 0;
    let begun: Buffer = Buffer.alloc(0);
    for await (const bytes of response as AsyncIterable<Buffer>) {
      clearTimeout(next);
      const read = size === 0 ? Buffer.concat([begun, bytes]) : bytes;
      if (size === 0 && !magic.subarray(0, read.length).equals(read.subarray(0, magic.length))) {
        throw providerUnavailable(provider, "answer_unreadable");
      }
      if (read.length < magic.length && size === 0) begun = read;
      else {
        size += read.length;
        if (size > mostBytes) throw tooLarge(mostBytes);
        for (let at = 0; at < read.length; at += mostChunk) yield read.subarray(at, at + mostChunk);
      }
      next = setTimeout(() => late.abort(), timeoutMs ?? pauseMs);
    }
    if (size === 0) throw providerUnavailable(provider, "answer_unreadable");
  } catch (error) {
    asked.signal.throwIfAborted();
    throw error === missing ? error : failureOf(provider, error, late.signal);
  } finally {
    clearTimeout(next);
    clearTimeout(end);
  }
}
