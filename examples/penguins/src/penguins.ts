import { readFile } from "node:fs/promises";

/** A row of the data set as it is published: some rows have gaps. */
interface Row {
  readonly Species: string;
  readonly "Beak Length (mm)": number | null;
  readonly "Beak Depth (mm)": number | null;
  readonly "Flipper Length (mm)": number | null;
  readonly "Body Mass (g)": number | null;
  readonly Sex: string | null;
}

/** A penguin whose every measure is known. */
export interface Penguin {
  readonly species: string;
  /** Beak length and depth and flipper length in millimetres, body mass in grams. */
  readonly measures: readonly number[];
}

/** The 344 penguins of the Palmer archipelago, as published. */
export async function loadPenguins(): Promise<Row[]> {
  const file = new URL("../data/penguins.json", import.meta.resolve("vega-datasets"));
  return JSON.parse(await readFile(file, "utf8")) as Row[];
}

/** The rows without gaps. An unknown sex stands as null or as "."; we do not use it, but such rows were hurried. */
export function clean(rows: readonly Row[]): Penguin[] {
  return rows.flatMap((row) => {
    const measures = [row["Beak Length (mm)"], row["Beak Depth (mm)"], row["Flipper Length (mm)"], row["Body Mass (g)"]];
    const complete = measures.every((measure) => measure !== null) && (row.Sex === "MALE" || row.Sex === "FEMALE");
    return complete ? [{ species: row.Species, measures }] : [];
  });
}

/** Parts the penguins by chance, but by the same chance for the same seed. */
export function split(
  penguins: readonly Penguin[],
  { share, seed }: { share: number; seed: number },
): { train: Penguin[]; test: Penguin[] } {
  const mixed = shuffle(penguins, chance(seed));
  const cut = Math.floor(mixed.length * share);
  return { train: mixed.slice(0, cut), test: mixed.slice(cut) };
}

/** The same items in an order that the numbers decide (Fisher and Yates). */
export function shuffle<T>(items: readonly T[], next: () => number): T[] {
  const mixed = [...items];
  for (let at = mixed.length - 1; at > 0; at -= 1) {
    const other = Math.floor(next() * (at + 1));
    [mixed[at], mixed[other]] = [mixed[other] as T, mixed[at] as T];
  }
  return mixed;
}

/** Numbers from 0 to 1 that look random and are the same for the same seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
