import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Aspect, DifferenceSchema } from "@signalbox/gen/signalbox/runs/v1/comparison_service_pb.ts";
import { type Cell, type Cells, shown } from "./leaves.ts";

type Difference = MessageInitShape<typeof DifferenceSchema>;

const mostDifferences = 5_000;
const mostBytes = 4 << 20;
/** About what a value takes beside its text. */
const bytesOfValue = 16;

/** Gathers what differs, as far as an answer reaches. */
export interface Differences {
  /** Looks at the same of all runs; undefined for a run in which there is nothing to look at. */
  add(aspect: Aspect, step: string, runs: readonly (Cells | undefined)[]): void;
  /** Notes that there is more than what was looked at. */
  truncate(): void;
  readonly found: readonly Difference[];
  readonly truncated: boolean;
}

export function gatherDifferences(): Differences {
  const found: Difference[] = [];
  let bytes = 0;
  let truncated = false;

  function note(aspect: Aspect, step: string, path: string, cells: readonly (Cell | undefined)[]): void {
    if (found.length >= mostDifferences || bytes >= mostBytes) {
      truncated = true;
      return;
    }
    const values = cells.map((cell) => {
      if (!cell) return {};
      bytes += bytesOfValue + Math.min(cell.key.length, 1_000);
      const { artifactVersion = "" } = cell;
      return { value: shown(cell.leaf), artifactVersion };
    });
    bytes += path.length + step.length;
    found.push({ aspect, step, path, values });
  }

  return {
    found,
    get truncated() {
      return truncated;
    },
    truncate() {
      truncated = true;
    },
    add(aspect, step, runs) {
      const present = runs.filter((cells) => cells !== undefined);
      if (present.length < 2) return;
      const paths = new Set(present.flatMap((cells) => [...cells.keys()]));
      for (const path of paths) {
        const first = present[0]?.get(path)?.key;
        if (present.every((cells) => cells.get(path)?.key === first)) continue;
        note(
          aspect,
          step,
          path,
          runs.map((cells) => cells?.get(path)),
        );
      }
    },
  };
}
