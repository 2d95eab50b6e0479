import { boundedBody, send } from "../../outbound/send.ts";
import { failureOf, providerRefused, providerUnavailable } from "../../provider/failure.ts";
import { type Asked, checkAnswer, commonHeaders } from "../host/ask.ts";
import { lineOf, packets } from "../host/packet-lines.ts";

const agent = "agent=signalbox";
const data = 1;
const progress = 2;
const mostPackets = 100_000;
const mostLine = 1000;

/** How long a pack may take to be made and got. */
const usualTimeoutMs = 120_000;

/**
 * The pack of one commit without those before it (gitprotocol-pack(5), the first version, which all servers still speak): over http a
 * commit is given that some ref leads to. No redirect is followed: what is asked for here is asked with a body and a token.
 */
export async function packOf(repository: string, commit: string, asked: Asked, missing: Error, mostBytes: number): Promise<Buffer> {
  const { provider, outward, authorization } = asked;
  const timeout = AbortSignal.timeout(asked.timeoutMs ?? usualTimeoutMs);
  asked.signal.throwIfAborted();
  try {
    const response = await send({
      endpoint: outward(new URL(`${repository}/git-upload-pack`)),
      method: "POST",
      headers: {
        ...commonHeaders,
        "content-type": "application/x-git-upload-pack-request",
        accept: "application/x-git-upload-pack-result",
        ...(authorization !== undefined && { authorization }),
      },
      body: wanting(commit),
      signal: AbortSignal.any([asked.signal, timeout]),
    });
    checkAnswer(response, provider);
    return packIn(await boundedBody(response, mostBytes), missing);
  } catch (error) {
    asked.signal.throwIfAborted();
    throw error === missing ? error : failureOf(provider, error, timeout);
  }
}

/** Without `ofs-delta`: what a delta changes is then named by its id, wherever it lies in the pack. */
function wanting(commit: string): string {
  const format = commit.length === 64 ? " object-format=sha256" : "";
  const want = packet(`want ${commit} side-band-64k shallow no-progress${format} ${agent}\n`);
  return `${want}${packet("deepen 1\n")}0000${packet("done\n")}`;
}

const packet = (line: string): string => `${(line.length + 4).toString(16).padStart(4, "0")}${line}`;

function packIn(body: Buffer, missing: Error): Buffer {
  const pack = Buffer.alloc(body.length);
  let [size, count, begun] = [0, 0, false];
  for (const each of packets(body)) {
    if (!each || ++count > mostPackets) throw providerUnavailable("git", "answer_unreadable");
    if (begun) {
      const [band] = each;
      if (band === data) size += each.copy(pack, size, 1);
      else if (band !== progress) throw providerUnavailable("git", "pack_failed");
    } else {
      // A refusal is long enough to say what it is; what is longer is none.
      const said = lineOf(each.subarray(0, mostLine));
      // git says the first, JGit the second: neither tells what it does not give from what there never was.
      if (said.startsWith("ERR ")) throw /not our ref|not valid/.test(said) ? missing : providerRefused("git", "commit_not_given");
      begun = /^(?:NAK|ACK [0-9a-f]+)$/.test(said);
    }
  }
  if (!begun) throw providerUnavailable("git", "answer_unreadable");
  return pack.subarray(0, size);
}
