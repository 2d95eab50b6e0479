import { EventService } from "@signalbox/gen/signalbox/events/v1/event_service_pb.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventHandlers } from "../../src/events/handlers.ts";
import { kept, pullOwn } from "../../src/events/pull.ts";
import { toMicros, toTimestamp } from "../../src/events/timestamp.ts";
import { newId, noId, toUuid } from "../../src/ids.ts";
import { Call } from "../../src/rpc/call.ts";
import type { Database } from "../../src/store/database.ts";
import { lease } from "../../src/store/lease.ts";
import { createOutboxTable, type OutboxTable, outbox } from "../../src/store/outbox.ts";
import { numberBatch } from "../../src/store/relay.ts";
import { dialects } from "../../src/testing/databases.ts";
import { type Fresh, fresh } from "../store/fresh.ts";

interface Tables {
  test_outbox: OutboxTable;
}

describe.each(dialects)("the log of a service on %s", (name) => {
  let it: Fresh<Tables>;
  const workspaceId = newId();
  beforeAll(async () => {
    it = await fresh<Tables>(name, { "0100-outbox": (dialect) => ({ up: (db) => createOutboxTable(db, dialect, "test") }) });
    const untyped = it.database as unknown as Database<never>;
    const log = outbox(untyped, "test", { notify: () => {} });
    for (let n = 1; n <= 40; n++) {
      const event = {
        workspaceId: n % 2 ? workspaceId : noId,
        kind: n % 4 ? "thing.made" : "thing.gone",
        subject: newId(),
        payload: Buffer.from([n]),
        createdTime: n * 1_000_000 + 7,
      };
      await it.database.transact((trx) => log.append(trx, [event]));
    }
    const held = lease(untyped, "test", "relay");
    await held.acquire(5000);
    await numberBatch(untyped, "test", held, 5000);
  });
  afterAll(() => it?.close());

  const pull = (request: { after: bigint; limit: number; kinds: string[] }) =>
    eventHandlers(it.database, "test").pullEvents(
      request as never,
      new Call({ method: EventService.method.pullEvents, wire: "direct", header: () => undefined }),
    );

  test("is pulled in order, by kind, with all that an event says", async () => {
    const { events = [], upto, resync } = await pull({ after: 3n, limit: 2, kinds: [] });
    expect(events.map(({ sequence }) => sequence)).toEqual([4n, 5n]);
    expect([upto, resync]).toEqual([5n, false]);
    expect(events[0]).toMatchObject({ workspace: "", kind: "thing.gone", payload: Buffer.from([4]) });
    expect(events[1]).toMatchObject({ workspace: toUuid(workspaceId), kind: "thing.made" });
    expect(toMicros(events[1]?.time as never)).toBe(5_000_007);
    const gone = await pull({ after: 0n, limit: 0, kinds: ["thing.gone"] });
    expect([gone.events?.length, gone.upto]).toEqual([10, 40n]);
  });

  test("is read as far back as it reaches by whoever was away for too long", async () => {
    const own = pullOwn(it.database, "test" as never, ["thing.made"]);
    const all = async () => {
      const sequences: number[] = [];
      for await (const events of kept(own, 7)) sequences.push(...events.map(({ sequence }) => Number(sequence)));
      return sequences;
    };
    expect(await all()).toHaveLength(30);
    await it.database.db.deleteFrom("test_outbox").where("sequence", "<=", 17).execute();
    expect((await own(0, 10)).resync).toBe(true);
    expect(await all()).toEqual([18, 19, 21, 22, 23, 25, 26, 27, 29, 30, 31, 33, 34, 35, 37, 38, 39]);
  });
});

test("instants keep their microseconds, also before 1970", () => {
  for (const time of [0, 1, 999_999, 1_790_000_000_123_456, -1, -1_500_000]) expect(toMicros(toTimestamp(time))).toBe(time);
  expect(toMicros(undefined)).toBe(0);
});
