import { addAbortSignal, pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { failureOf, providerUnavailable } from "../../provider/failure.ts";
import type { Asked } from "../host/ask.ts";
import { objectsOf, PackUnreadable } from "./pack.ts";
import { tarOf } from "./tar.ts";
import { bodyOf, entriesOf } from "./tree.ts";
import { packOf } from "./upload-pack.ts";

const mebibyte = 1024 * 1024;
const usualBounds = { packBytes: 32 * mebibyte, bytes: 64 * mebibyte, objects: 50_000, entries: 50_000, depth: 64, ms: 5 * 60_000 };

/** How many are made at once: each is held in memory, up to the bounds. */
const mostAtOnce = 2;
/** What is read of a commit: its tree, and who made it when. */
const mostHead = 16 * 1024;
/** The last second that a tar can tell. */
const latest = 8 ** 11 - 1;
let making = 0;

export interface ArchiveOfCommit {
  /** Where git finds the repository. */
  readonly repository: string;
  readonly commit: string;
  /** The folder that all of it lies in. */
  readonly folder: string;
}

/**
 * The archive that a server of plain git does not make: the commit is got as a pack, and packed anew in memory. Nothing is written to a
 * disk, and nothing in the commit is run or looked at for what to do. Fails before the first chunk where the commit is no good, with
 * PROVIDER_REFUSED or PROVIDER_UNAVAILABLE, and with `missing` where there is none.
 */
export async function* archiveOfCommit(
  { repository, commit, folder }: ArchiveOfCommit,
  asked: Asked,
  missing: Error,
  bounds = usualBounds,
): AsyncIterable<Buffer> {
  if (making >= mostAtOnce) throw providerUnavailable("git", "busy", { retryAfterMs: 5_000 });
  making++;
  const late = AbortSignal.timeout(bounds.ms);
  let held = true;
  const release = () => {
    if (held) making--;
    held = false;
  };
  // Whoever stops to take it keeps neither the memory nor the place of others.
  late.addEventListener("abort", release, { once: true });
  /** What is unpacked is known to the stream alone, which lets go of it with its end. */
  const packed = async (pack: Buffer) => {
    const tar = await tarOfCommit(pack, commit, folder, bounds);
    const signal = AbortSignal.any([asked.signal, late]);
    signal.throwIfAborted();
    // Made last: whatever ends a stream that nobody listens to yet ends the process.
    const gzip = addAbortSignal(signal, createGzip());
    pipeline(Readable.from(tar), gzip, () => {});
    return gzip;
  };
  try {
    yield* (await packed(await packOf(repository, commit, asked, missing, bounds.packBytes))) as AsyncIterable<Buffer>;
  } catch (error) {
    asked.signal.throwIfAborted();
    if (error instanceof PackUnreadable) throw providerUnavailable("git", "answer_unreadable", { cause: error });
    throw error === missing ? error : failureOf("git", error, late);
  } finally {
    release();
  }
}

async function tarOfCommit(pack: Buffer, commit: string, folder: string, bounds: typeof usualBounds): Promise<Iterable<Buffer>> {
  const hash = commit.length === 64 ? "sha256" : "sha1";
  const objects = await objectsOf(pack, hash, bounds);
  const text = bodyOf(objects, commit, "commit").toString("latin1", 0, mostHead);
  const tree = /^tree ([0-9a-f]+)\n/.exec(text)?.[1] ?? "";
  const seconds = Math.min(Number(/^committer [^\n]*> (\d{1,10}) [+-]\d{4}$/m.exec(text)?.[1] ?? 0), latest);
  return tarOf(entriesOf(objects, tree, commit.length / 2, bounds), folder, seconds);
}
