import type { Id } from "@signalbox/runtime/ids.ts";

/** An edge between an artifact version and the step that consumed or produced it. Ids as hexadecimal text. */
export interface Edge {
  readonly version: string;
  readonly step: string;
}

/** What a walk asks for, hop by hop. */
export interface Sources {
  /** The steps on the near side of these versions: those that produced them (up) or consumed them (down). */
  stepsOf(versions: readonly string[]): Promise<readonly Edge[]>;
  /** The versions on the far side of these steps: what they consumed (up) or produced (down). */
  versionsOf(steps: readonly string[]): Promise<readonly Edge[]>;
}

export interface Walked {
  /** Nearest first, with the hops from the start. */
  readonly steps: ReadonlyMap<string, number>;
  readonly versions: readonly string[];
  readonly truncated: boolean;
}

/** Walks from artifact versions, one question for each hop and side, until nothing is new, or the hops or nodes are used up. */
export async function walk(
  starts: readonly string[],
  { stepsOf, versionsOf }: Sources,
  maxHops: number,
  maxNodes: number,
): Promise<Walked> {
  const steps = new Map<string, number>();
  const versions = new Set(starts);
  let front: string[] = [...versions];
  let truncated = false;
  for (let hop = 1; front.length > 0; hop++) {
    const reached = [...new Set((await stepsOf(front)).map(({ step }) => step))].filter((step) => !steps.has(step));
    if (reached.length === 0) break;
    if (hop > maxHops) {
      truncated = true;
      break;
    }
    const room = Math.max(0, maxNodes - steps.size - versions.size);
    const taken = reached.slice(0, room);
    truncated ||= taken.length < reached.length;
    for (const step of taken) steps.set(step, hop);
    const found = [...new Set((await versionsOf(taken)).map(({ version }) => version))].filter((version) => !versions.has(version));
    const left = Math.max(0, maxNodes - steps.size - versions.size);
    front = found.slice(0, left);
    truncated ||= front.length < found.length;
    for (const version of front) versions.add(version);
  }
  return { steps, versions: [...versions], truncated };
}

export const hexOf = (id: Id): string => id.toString("hex");
export const idOf = (hex: string): Id => Buffer.from(hex, "hex");
