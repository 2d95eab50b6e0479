/** A node of a graph, and the names of those before it. */
export interface LaneNode {
  readonly name: string;
  readonly upstream: readonly string[];
}

/** What stands left of a node: its own place, and what passes it, branches off and comes together there. */
export interface Gutter {
  readonly before: string;
  readonly after: string;
}

const up = 1;
const down = 2;
const left = 4;
const right = 8;
/** By which sides of a cell a line leaves it. */
const lines = [" ", "╵", "╷", "│", "╴", "╯", "╮", "┤", "╶", "╰", "╭", "├", "─", "┴", "┬", "┼"];

/** More than that are not drawn beside each other. */
const mostLanes = 16;

/**
 * Draws a graph as git does: a node a line, each after those it depends on, and a lane for what each still leads to.
 * Answers with what stands on both sides of each node's sign.
 */
export function gutters(nodes: readonly LaneNode[]): Gutter[] {
  const place = new Map(nodes.map(({ name }, i) => [name, i]));
  const followers = new Map<string, string[]>(nodes.map(({ name }) => [name, []]));
  for (const [i, { name, upstream }] of nodes.entries()) {
    for (const before of new Set(upstream)) if ((place.get(before) ?? i) < i) followers.get(before)?.push(name);
  }
  /** For each lane the node that it leads to. */
  const lanes: (string | undefined)[] = [];
  return nodes.map(({ name }) => {
    const before = [...lanes];
    const own = lanes.includes(name) ? lanes.indexOf(name) : freeFrom(lanes, 0);
    const touched = new Set([own]);
    for (const [lane, target] of before.entries()) {
      if (target !== name) continue;
      touched.add(lane);
      lanes[lane] = undefined;
    }
    const [first, ...others] = followers.get(name) ?? [];
    lanes[own] = first;
    for (const after of others) {
      // One that has a lane already is joined there, so that lanes do not multiply.
      const known = lanes.indexOf(after);
      const lane = known >= 0 ? known : freeFrom(lanes, own + 1);
      lanes[lane] = after;
      touched.add(lane);
    }
    const drawn = drawRow({ before, now: lanes, own, touched });
    while (lanes.length > 0 && lanes.at(-1) === undefined) lanes.pop();
    return drawn;
  });
}

/** The first lane that leads nowhere, from one on. */
function freeFrom(lanes: readonly (string | undefined)[], from: number): number {
  for (let lane = from; lane < lanes.length; lane++) if (lanes[lane] === undefined) return lane;
  return Math.max(lanes.length, from);
}

interface Row {
  readonly before: readonly (string | undefined)[];
  readonly now: readonly (string | undefined)[];
  readonly own: number;
  readonly touched: ReadonlySet<number>;
}

function drawRow({ before, now, own, touched }: Row): Gutter {
  const [start, end] = [Math.min(...touched), Math.max(...touched)];
  const width = Math.min(mostLanes, Math.max(before.length, now.length, own + 1));
  const cells = Array.from({ length: width }, (_, lane) => {
    const sides =
      (before[lane] === undefined ? 0 : up) |
      (now[lane] === undefined ? 0 : down) |
      (lane > start && lane <= end ? left : 0) |
      (lane >= start && lane < end ? right : 0);
    return `${lines[sides]}${sides & right ? "─" : " "}`;
  });
  if (own >= width) return { before: `${cells.join("")}… `, after: " " };
  return { before: cells.slice(0, own).join(""), after: (start <= own && own < end ? "─" : " ") + cells.slice(own + 1).join("") };
}
