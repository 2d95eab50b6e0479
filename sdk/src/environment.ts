/** A variable of the environment; undefined where it is absent or empty. The one place that reads them. */
export function readVariable(name: string): string | undefined {
  // biome-ignore lint/style/noProcessEnv: the SDK runs in programs of others and is told where to connect by their environment
  return process.env[name] || undefined;
}
