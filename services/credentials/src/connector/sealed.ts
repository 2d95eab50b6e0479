/** What a record keeps sealed. */
export interface Sealed {
  /** Settings by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The rest of the settings, of a type that is not known; otherwise empty. */
  readonly configuration: string;
}

/** As it is before it is sealed. Names in order, so that the same is the same text. */
export const encodeSealed = ({ secrets, configuration }: Sealed): string =>
  JSON.stringify({ secrets: Object.fromEntries(Object.entries(secrets).sort(([a], [b]) => (a < b ? -1 : 1))), configuration });

export const decodeSealed = (text: string): Sealed => JSON.parse(text) as Sealed;
