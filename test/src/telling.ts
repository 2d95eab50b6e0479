import { isMessage, type Message } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { reasonOf } from "./answer.ts";

/** Makes a call and notes what came of it. */
export type Tell = (title: string, call: () => Promise<Message>) => Promise<void>;

/**
 * Notes calls and answers such that two tellings of one story can be compared: ids are
 * counted in the order of their appearance; times of today, sealed texts and hashes of ids, and counts
 * that follow later are left out. Where ids alone decide an order, the order is left out too.
 */
export function telling(): { readonly tell: Tell; readonly lines: readonly string[] } {
  const lines: string[] = [];
  const seen = new Map<string, string>();
  const today = Date.now() / 1000;

  const text = (value: string): string =>
    value
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) => {
        if (!seen.has(id)) seen.set(id, `id ${seen.size + 1}`);
        return seen.get(id) ?? "";
      })
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (time) => (Math.abs(Date.parse(time) / 1000 - today) < 86_400 ? "today" : time));

  function plain(value: unknown): unknown {
    if (typeof value === "string") return value.length > 200 ? `${value.length} characters, ${text(value.slice(0, 40))}` : text(value);
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "number") return Object.is(value, -0) ? "-0" : value;
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== "object" || value === null) return value;
    if (isMessage(value) && value.$typeName === "google.protobuf.Timestamp") return time(value as never);
    const omitted = ["nextPageToken", "eventCursor", "contentHash", "consumerCount", "$typeName"];
    const members = Object.entries(value).filter(([name]) => !omitted.includes(name));
    // Maps have no order.
    return Object.fromEntries(
      members
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, member]) => [text(name), name === "entries" ? unordered(member) : plain(member)]),
    );
  }

  const unordered = (list: unknown): unknown => (plain(list) as unknown[]).map((item) => JSON.stringify(item)).sort();

  const time = ({ seconds, nanos }: { seconds: bigint; nanos: number }) =>
    Math.abs(Number(seconds) - today) < 86_400 ? "today" : `${seconds}.${String(nanos).padStart(9, "0")}`;

  return {
    lines,
    async tell(title, call) {
      const answer = await call().then(
        (message) => JSON.stringify(plain(message)),
        (error: unknown) => `${reasonOf(error)}: ${text(ConnectError.from(error).rawMessage)}`,
      );
      lines.push(`${title.slice(0, 80)} -> ${answer}`);
    },
  };
}
