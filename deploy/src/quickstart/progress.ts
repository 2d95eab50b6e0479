import type { PenguinsOptions } from "@signalbox/example-penguins";

const bars = "▁▂▃▄▅▆▇█";
const columns = 60;

/** Shows steps as they begin, learn and end: on a terminal in one line that moves, elsewhere as plain lines. */
export function followSteps(
  say: (line: string) => void,
  out: NodeJS.WriteStream = process.stdout,
): Pick<PenguinsOptions, "onStart" | "onProgress"> {
  const running = new Map<string, string>();
  const show = (): void => {
    if (!out.isTTY) return;
    const line = [...running]
      .map(([step, state]) => `${step}${state}`)
      .join("   ")
      .slice(0, (out.columns || columns) - 4);
    out.write(`\r\u001b[K  ${line}`);
  };
  return {
    onStart: ({ name }) => say(`\npenguins · run ${name}`),
    onProgress(event) {
      if (event.kind === "waiting") running.set(event.step, ` waits for ${event.run}`);
      else if (event.kind === "started") running.set(event.step, "");
      else if (event.kind === "metric")
        running.set(event.step, ` ${event.name} ${bars[Math.max(0, Math.min(7, Math.round(event.value * 6)))]} ${event.value.toFixed(3)}`);
      else running.delete(event.step);
      show();
      if (!out.isTTY && event.kind === "ended") say(`  ${event.step}: ${event.status}`);
      if (out.isTTY && running.size === 0) out.write("\r\u001b[K");
    },
  };
}
