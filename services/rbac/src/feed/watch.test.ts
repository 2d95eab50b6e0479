import { create } from "@bufbuild/protobuf";
import { type PolicyChange, PolicyChangeSchema, PolicyPrincipalSchema } from "@signalbox/gen/signalbox/rbac/v1/authorization_service_pb.ts";
import { createPolicy } from "@signalbox/runtime/policy/policy.ts";
import { expect, test } from "vitest";
import { ring } from "./ring.ts";
import { watchPolicy } from "./watch.ts";

const aChange = (revision: number, ids = [String(revision)]): PolicyChange =>
  create(PolicyChangeSchema, {
    revision: BigInt(revision),
    principals: ids.map((id) => create(PolicyPrincipalSchema, { id, active: true, name: `at ${revision}` })),
  });

function aFeed(mostFacts: number) {
  const policy = createPolicy();
  const changes = ring(mostFacts);
  const stop = new AbortController();
  const watch = watchPolicy({ policy, follower: { onReload: () => () => {} }, ring: changes });
  return {
    policy,
    stop,
    watch: (after = 0) => watch({ workspace: "", after, signal: stop.signal }),
    tell(change: PolicyChange) {
      changes.add(change);
      policy.apply(change, Number(change.revision));
    },
  };
}

test("the ring keeps the newest changes, and says so when older ones are asked for", () => {
  const kept = ring(6);
  for (let revision = 1; revision <= 5; revision++) kept.add(aChange(revision));
  expect(kept.after(2)?.map(({ revision }) => Number(revision))).toEqual([3, 4, 5]);
  expect(kept.after(5)).toEqual([]);
  expect(kept.after(1)).toBeUndefined();
});

test("a change that alone is larger than the ring is kept until the next", () => {
  const kept = ring(2);
  kept.add(aChange(1, ["a", "b", "c", "d"]));
  expect(kept.after(0)).toHaveLength(1);
  kept.add(aChange(2));
  expect(kept.after(0)).toBeUndefined();
});

test("a slow watcher is told to forget and hears the whole policy anew, and loses nothing", async () => {
  const feed = aFeed(20);
  feed.tell(aChange(1));
  const mirror = createPolicy();
  let resets = 0;
  for await (const { part } of feed.watch()) {
    if (part?.case === "reset") {
      resets++;
      mirror.replace([], 0);
    }
    if (part?.case === "change") {
      mirror.apply(part.value as PolicyChange, Number(part.value.revision));
      // While this one part is read, more happens than the ring keeps.
      if (resets === 1) for (let revision = feed.policy.revision + 1, n = 0; n < 50; n++) feed.tell(aChange(revision + n));
    }
    if (part?.case === "current" && Number(part.value) === feed.policy.revision) break;
  }
  expect(resets).toBe(2);
  expect([...mirror.facts.principals.values()]).toEqual([...feed.policy.facts.principals.values()]);
});

test("a snapshot comes in messages of at most a thousand facts", async () => {
  const feed = aFeed(100);
  feed.tell(
    aChange(
      1,
      Array.from({ length: 2500 }, (_, n) => `p${n}`),
    ),
  );
  const sizes: number[] = [];
  for await (const { part } of feed.watch()) {
    if (part?.case === "change") sizes.push(part.value.principals?.length ?? 0);
    if (part?.case === "current") break;
  }
  expect(sizes).toEqual([1000, 1000, 500]);
});

test("a watch ends when its signal aborts", async () => {
  const feed = aFeed(100);
  const seen: unknown[] = [];
  for await (const { part } of feed.watch()) {
    seen.push(part?.case);
    feed.stop.abort();
  }
  expect(seen).toEqual(["reset", "current"]);
});
