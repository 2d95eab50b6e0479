import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Credential } from "../provider/method.ts";

/** A credential that a provider issued, as all who are served it share it. */
export interface Minted {
  /** Its UUID, by which its leases name it. */
  readonly mint: string;
  readonly credential: Credential;
  readonly issueTime: Micros;
  readonly expireTime: Micros;
}

type Life = Pick<Minted, "issueTime" | "expireTime">;

const minute: Micros = 60_000_000;

const lifeOf = ({ issueTime, expireTime }: Life): Micros => Math.max(0, expireTime - issueTime);

/** Until when it is served from the cache: so long that whoever gets it last still has five minutes, or a third of a shorter life. */
export const servedUntil = (life: Life): Micros => life.expireTime - Math.floor(Math.min(5 * minute, lifeOf(life) / 3));

/** From when on it is replaced ahead of its end: the earliest that anybody is told to ask for the next one. */
export const dueTime = (life: Life): Micros => life.issueTime + Math.floor(lifeOf(life) * 0.6);

/**
 * When its holder is to ask for the next one: between 60 and 80 % of its life,
 * by chance, so that those who share it do not all come at once. Where that is
 * over, because it could not be replaced yet, soon.
 */
export function refreshTime(life: Life, now: Micros, random: () => number = Math.random): Micros {
  const planned = life.issueTime + Math.floor(lifeOf(life) * (0.6 + 0.2 * random()));
  if (planned > now) return planned;
  return Math.max(now, Math.min(now + Math.floor((minute / 2) * (1 + random())), servedUntil(life)));
}

export const encode = (minted: Minted): Buffer => Buffer.from(JSON.stringify(minted));

export const decode = (bytes: Uint8Array): Minted => JSON.parse(Buffer.from(bytes).toString()) as Minted;
