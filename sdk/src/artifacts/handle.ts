import { createHash } from "node:crypto";
import type { ArtifactVersion } from "@signalbox/gen/signalbox/artifacts/v1/artifact_pb.ts";
import { nameOf } from "../canonical.ts";
import { misuse } from "../errors.ts";
import { fromValues, type MetadataValue } from "../metadata.ts";
import { deserialize } from "./serializer.ts";
import type { ArtifactStore } from "./store.ts";

/** What the server knows of an artifact version. */
export interface ArtifactFacts {
  /** Its UUID. */
  readonly id: string;
  /** The name of its artifact. */
  readonly name: string;
  /** What the version is called, such as "3". Empty until the step that saved it has ended. */
  readonly version: string;
  readonly uri: string;
  /** "sha256:" and 64 hexadecimal digits; empty where unknown. */
  readonly digest: string;
  readonly sizeBytes: number | undefined;
  readonly serializer: string;
  readonly dataType: string;
  readonly metadata: Readonly<Record<string, MetadataValue>>;
}

const empty = Symbol("not loaded");

/** An artifact version: what is known of it at once, and its value when asked for. */
export class Handle<T> implements ArtifactFacts {
  #facts: ArtifactFacts;
  #value: T | typeof empty;
  readonly #store: ArtifactStore;

  constructor(facts: ArtifactFacts, store: ArtifactStore, ...value: [T?]) {
    this.#facts = facts;
    this.#store = store;
    this.#value = value.length === 1 ? (value[0] as T) : empty;
  }

  get id(): string {
    return this.#facts.id;
  }
  get name(): string {
    return this.#facts.name;
  }
  get version(): string {
    return this.#facts.version;
  }
  get uri(): string {
    return this.#facts.uri;
  }
  get digest(): string {
    return this.#facts.digest;
  }
  get sizeBytes(): number | undefined {
    return this.#facts.sizeBytes;
  }
  get serializer(): string {
    return this.#facts.serializer;
  }
  get dataType(): string {
    return this.#facts.dataType;
  }
  get metadata(): Readonly<Record<string, MetadataValue>> {
    return this.#facts.metadata;
  }

  /**
   * The value. Inputs of a step are loaded before it begins; elsewhere it is
   * read now where the store can do so at once. Fails with MISUSE where it
   * cannot (`await handle.load()` first) or where the bytes are not those that were saved.
   */
  get value(): T {
    if (this.#value !== empty) return this.#value;
    if (!this.#store.readSync) throw misuse(`${this} is not loaded: await its load() first, or make it an input of the step`);
    return this.#keep(this.#store.readSync(this.uri));
  }

  /** Loads the value, once. */
  async load(): Promise<T> {
    if (this.#value !== empty) return this.#value;
    return this.#keep(await this.#store.read(this.uri));
  }

  /** Takes over what the server made of it. */
  settle(facts: Partial<ArtifactFacts>): void {
    this.#facts = { ...this.#facts, ...facts };
  }

  /** As people write it: "weights:3". */
  toString(): string {
    return this.version ? `${this.name}:${this.version}` : this.name;
  }

  /** Without its value. */
  toJSON(): ArtifactFacts {
    return this.#facts;
  }

  #keep(bytes: Uint8Array): T {
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    if (this.digest && digest !== this.digest) throw misuse(`${this} is damaged: ${this.uri} has ${digest}, and ${this.digest} was saved`);
    const value = deserialize({ bytes, serializer: this.serializer, dataType: this.dataType }) as T;
    this.#value = value;
    return value;
  }
}

export const isHandle = (value: unknown): value is Handle<unknown> => value instanceof Handle;

/** Fails with MISUSE, naming the first that is no handle, unless all members are: `what` says what they are, such as "an input of step \"train\"". */
export function assertHandles(members: object, what: string): void {
  for (const [name, member] of Object.entries(members)) {
    if (!isHandle(member))
      throw misuse(`"${name}" is ${nameOf(member)} and cannot be ${what}: pass what a step returned, once it is awaited`);
  }
}

export function toHandle<T>(version: ArtifactVersion, store: ArtifactStore): Handle<T> {
  return new Handle<T>(toFacts(version), store);
}

export function toFacts(version: ArtifactVersion): ArtifactFacts {
  return {
    id: version.id,
    name: version.artifactName,
    version: version.version,
    uri: version.uri,
    digest: version.digest,
    sizeBytes: version.sizeBytes === undefined ? undefined : Number(version.sizeBytes),
    serializer: version.serializer,
    dataType: version.dataType,
    metadata: fromValues(version.metadata),
  };
}
