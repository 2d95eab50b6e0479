/** Where artifacts lie. The server keeps only their URI, digest and size. */
export interface ArtifactStore {
  /** Keeps some bytes; the same bytes have the same URI. Gives the absolute URI once they are safe. */
  write(bytes: Uint8Array, digest: string): Promise<string>;
  /** Whether this store can read the URI and the bytes are there. */
  has(uri: string): Promise<boolean>;
  /** Fails where the bytes are gone or are none of this store. */
  read(uri: string): Promise<Uint8Array>;
  /** The same at once, where the store can: then `handle.value` never has to be loaded first. */
  readSync?(uri: string): Uint8Array;
}
