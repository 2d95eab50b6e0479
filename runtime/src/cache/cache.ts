/**
 * Bytes that may be gone at any time, in memory or shared by all replicas.
 * Nothing here throws when the store behind it is lost: then there is nothing
 * to get, and nothing is kept. What must not be read after a change carries
 * a version in its key, because a delete may be lost too.
 */
export interface Cache {
  /** The value, or undefined when there is none, it expired, or the cache cannot be reached. */
  get(key: string): Promise<Buffer | undefined>;
  set(key: string, value: Uint8Array, ttlMs: number): Promise<void>;
  delete(key: string): Promise<void>;
  /**
   * Takes the named lock for at most `ttlMs`: a function that gives it back, or
   * undefined while another holder has it. It saves work and guards nothing:
   * while the cache cannot be reached, everybody gets it.
   */
  once(key: string, ttlMs: number): Promise<Release | undefined>;
}

/** Gives a lock back, unless it expired and somebody else took it. */
export type Release = () => Promise<void>;
