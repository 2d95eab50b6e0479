import { chance, type Penguin, shuffle } from "./penguins.ts";

/** A classifier: one row of weights for each species, over measures that are brought to one scale. */
export interface Weights {
  readonly species: readonly string[];
  /** What is subtracted from each measure, and what it is then divided by. */
  readonly mean: readonly number[];
  readonly scale: readonly number[];
  /** For each species a weight for each measure, and one more that stands alone. */
  readonly rows: readonly (readonly number[])[];
}

export interface Epoch {
  readonly epoch: number;
  /** The mean cross-entropy over the penguins, in nats. */
  readonly loss: number;
  readonly weights: Weights;
}

/**
 * Softmax regression by stochastic gradient descent: after each penguin the
 * weights move a little, by `rate`, towards saying its species. One epoch is
 * one round over all penguins.
 */
export function* fit(
  penguins: readonly Penguin[],
  { rate, epochs, seed }: { rate: number; epochs: number; seed: number },
): Generator<Epoch> {
  const species = [...new Set(penguins.map((penguin) => penguin.species))].sort();
  const { mean, scale } = scaleOf(penguins);
  const rows = species.map(() => new Array<number>(mean.length + 1).fill(0));
  const weights: Weights = { species, mean, scale, rows };
  const next = chance(seed);

  for (let epoch = 1; epoch <= epochs; epoch += 1) {
    let loss = 0;
    for (const penguin of shuffle(penguins, next)) {
      const input = inputOf(weights, penguin);
      const likely = probabilities(weights, input);
      loss -= Math.log(likely[species.indexOf(penguin.species)] as number);
      for (const [index, row] of rows.entries()) {
        const error = (likely[index] as number) - (species[index] === penguin.species ? 1 : 0);
        for (const [at, x] of input.entries()) row[at] = (row[at] as number) - rate * error * x;
      }
    }
    yield { epoch, loss: loss / penguins.length, weights };
  }
}

/** The species that the weights take a penguin for. */
function predict(weights: Weights, penguin: Penguin): string {
  const likely = probabilities(weights, inputOf(weights, penguin));
  return weights.species[likely.indexOf(Math.max(...likely))] as string;
}

/** Which share of the penguins is told right, 0 to 1. */
export function accuracyOf(weights: Weights, penguins: readonly Penguin[]): number {
  const right = penguins.filter((penguin) => predict(weights, penguin) === penguin.species);
  return right.length / penguins.length;
}

function probabilities({ rows }: Weights, input: readonly number[]): number[] {
  const scores = rows.map((row) => row.reduce((sum, weight, at) => sum + weight * (input[at] as number), 0));
  const highest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** The measures on one scale, and the constant 1 for the weight that stands alone. */
function inputOf({ mean, scale }: Weights, { measures }: Penguin): number[] {
  return [...measures.map((measure, at) => (measure - (mean[at] as number)) / (scale[at] as number)), 1];
}

function scaleOf(penguins: readonly Penguin[]): { mean: number[]; scale: number[] } {
  const columns = (penguins[0]?.measures ?? []).map((_, at) => penguins.map(({ measures }) => measures[at] as number));
  const mean = columns.map((column) => column.reduce((sum, x) => sum + x, 0) / column.length);
  const scale = columns.map((column, at) => Math.sqrt(column.reduce((sum, x) => sum + (x - (mean[at] as number)) ** 2, 0) / column.length));
  return { mean, scale };
}
