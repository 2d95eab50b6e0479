import type { DescMethod } from "@bufbuild/protobuf";
import type { Granted } from "../policy/grant.ts";
import type { Caller } from "./caller.ts";

/** How a call reached this process. */
export type Wire = "grpc" | "grpc-web" | "connect" | "direct";

export interface CallInit {
  readonly method: DescMethod;
  readonly wire: Wire;
  /** A request header by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** When the caller stops waiting, in milliseconds since 1970; undefined where it never does. */
  readonly deadline?: number | undefined;
  /** The caller's address, where there is one. */
  readonly address?: string | undefined;
}

/**
 * One call on its way through the layers. What costs something (the abort
 * signal above all) is made on first use, because most calls never ask.
 */
export class Call {
  readonly method: DescMethod;
  readonly wire: Wire;
  readonly header: (name: string) => string | undefined;
  /** The caller's address. Authenticate replaces that of the edge by what the edge saw. */
  address: string | undefined;
  deadline: number | undefined;
  /** Who is calling. Set by authenticate; undefined for anonymous calls of public methods. */
  caller: Caller | undefined;
  /** The service of the mesh that sent the call, where one did. Set by authenticate. */
  service: string | undefined;
  /** What authorize found: the resource that the request names, or the scope of a list. */
  granted: Granted | undefined;
  /** Whether the answer is on its way: what ends the call from here on says nothing to those who did the work. */
  answered = false;
  /** Whether the audit event of this call is written already, with the change it tells of. */
  audited = false;
  #abort: AbortController | undefined;
  #heard: ((reason: unknown) => void)[] | undefined;
  #aborted: { readonly reason: unknown } | undefined;

  constructor({ method, wire, header, deadline, address }: CallInit) {
    this.method = method;
    this.wire = wire;
    this.header = header;
    this.deadline = deadline;
    this.address = address;
  }

  /** Aborts when the caller goes away, the deadline passes or the server stops. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#aborted && !this.#abort.signal.aborted) this.#abort.abort(this.#aborted.reason);
    return this.#abort.signal;
  }

  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = { reason };
    this.#abort?.abort(reason);
    for (const heard of this.#heard ?? []) heard(reason);
  }

  /** Calls back when the call is aborted, at once where it is: for those who ask on every call, whom a signal would cost too much. */
  onAbort(heard: (reason: unknown) => void): void {
    if (this.#aborted) heard(this.#aborted.reason);
    else if (this.#heard) this.#heard.push(heard);
    else this.#heard = [heard];
  }

  get aborted(): boolean {
    return this.#aborted !== undefined;
  }
}
