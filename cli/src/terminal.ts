/** Where text goes. `isTTY` and the sizes are those of a terminal, absent for a file or a pipe. */
export interface Output {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  /** A terminal tells when its size changes. */
  readonly on?: ((event: "resize", hear: () => void) => unknown) | undefined;
  readonly off?: ((event: "resize", hear: () => void) => unknown) | undefined;
}

/** What surrounds the program: `process` has this shape, and so has whatever a test brings. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
}
