const bars = "▁▂▃▄▅▆▇█";

/** A line of small bars, one for each value, from the smallest to the largest of them. Values that are no finite number leave a gap. */
export function spark(values: readonly number[]): string {
  const finite = values.filter(Number.isFinite);
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low;
  return values.map((value) => bar(value, low, span)).join("");
}

function bar(value: number, low: number, span: number): string {
  if (!Number.isFinite(value)) return " ";
  const height = span === 0 ? 0 : Math.round(((value - low) / span) * (bars.length - 1));
  return bars[height] ?? " ";
}

/** A measured number in few digits: "0.082", "0.985", "12.5", "1.2e-7". */
export function brief(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size < 0.0005 || size >= 1e9) return value.toExponential(1);
  if (size >= 100) return String(Math.round(value * 10) / 10);
  return String(Number(value.toFixed(3)));
}
