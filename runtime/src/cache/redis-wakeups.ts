import { randomBytes } from "node:crypto";
import { connectRedis, redisPrefix } from "./redis-connection.ts";
import { topicsOfProcess } from "./topics.ts";
import type { Wakeups } from "./wakeups.ts";

export interface RedisWakeupsOptions {
  /** Told of each failure. */
  readonly onFault: (fault: unknown) => void;
}

const prefix = `${redisPrefix}wake:`;

/**
 * Wake-ups between processes, by pub/sub. After each connect every subscriber
 * is woken once, because nobody knows what was missed until then.
 */
export function redisWakeups(url: string, { onFault }: RedisWakeupsOptions): Wakeups {
  const options = { commandTimeoutMs: 2_000, onFault };
  // A connection that subscribes can do nothing else.
  const listener = connectRedis(url, options);
  const speaker = connectRedis(url, options);
  const topics = topicsOfProcess();
  const subscribed = new Set<string>();
  const unsaid = new Set<string>();
  const self = randomBytes(9).toString("base64url");

  async function listen(names: readonly string[]): Promise<void> {
    if (names.length === 0 || listener.status !== "ready") return;
    for (const name of names) subscribed.add(name);
    try {
      await listener.subscribe(...names.map((name) => prefix + name));
      // Notifications between a subscriber's first look and this moment went unheard.
      for (const name of names) topics.wake(name);
    } catch (fault) {
      for (const name of names) subscribed.delete(name);
      onFault(fault);
      // Half a subscription hears nothing and says nothing: start over with a new connection.
      if (listener.status === "ready") listener.disconnect(true);
    }
  }

  function hushLater(topic: string): void {
    // Whoever subscribes again in the meantime, as a client that reconnects does, finds the subscription in place.
    setTimeout(() => {
      if (topics.has(topic) || !subscribed.delete(topic)) return;
      listener.unsubscribe(prefix + topic).catch(onFault);
    }, 1_000).unref();
  }

  function say(): void {
    const names = [...unsaid];
    unsaid.clear();
    for (const name of names) speaker.publish(prefix + name, self).catch(onFault);
  }

  listener.on("close", () => subscribed.clear());
  listener.on("ready", () => void listen(topics.names()));
  listener.on("message", (channel: string, speakerId: string) => {
    if (speakerId !== self) topics.wake(channel.slice(prefix.length));
  });
  speaker.on("ready", say);

  return {
    notify(topic) {
      topics.wake(topic);
      if (unsaid.size === 0) setImmediate(() => speaker.status === "ready" && say());
      // Kept while there is no connection; bounded, because subscribers look again after a reconnect anyway.
      if (unsaid.size < 10_000) unsaid.add(topic);
    },
    subscribe(topic, wake) {
      const own = () => wake();
      topics.add(topic, own);
      if (!subscribed.has(topic)) void listen([topic]);
      return () => {
        topics.remove(topic, own);
        if (!topics.has(topic)) hushLater(topic);
      };
    },
    async close() {
      topics.clear();
      listener.disconnect();
      speaker.disconnect();
    },
  };
}
