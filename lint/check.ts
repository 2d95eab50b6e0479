import { runTool } from "./command.ts";
import { type Finding, generatedInStep, keepPromises, lintContract, openApiInStep, vendoredRulesInStep } from "./contract.ts";
import { shortFiles, tellingNames } from "./files.ts";

/** `npm run check`: everything that can be said about the repository without running it. */

interface Check {
  readonly name: string;
  readonly look: () => Promise<Finding>;
}

const tool = (name: string, program: string, ...args: string[]): Check => ({
  name,
  look: async () => {
    const { code, text } = await runTool(program, ...args);
    return code === 0 ? {} : { failure: text.trim() || `${program} ended with code ${code}` };
  },
});

const checks: readonly Check[] = [
  tool("types", "tsc", "--project", "."),
  tool("format, lint and layers", "biome", "ci", "--colors=off", "--error-on-warnings", "--max-diagnostics=none", "."),
  { name: "contract: lint", look: lintContract },
  { name: "contract: promises kept", look: keepPromises },
  { name: "generated code in step", look: generatedInStep },
  { name: "OpenAPI document in step", look: openApiInStep },
  { name: "vendored rules in step", look: vendoredRulesInStep },
  tool("nothing unused", "knip", "--no-progress", "--no-config-hints"),
  { name: "short files", look: shortFiles },
  { name: "telling names", look: tellingNames },
];

const failures: { name: string; failure: string }[] = [];
for (const { name, look } of checks) {
  const start = performance.now();
  const finding = await look().catch((error: unknown): Finding => ({ failure: error instanceof Error ? error.message : String(error) }));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${finding.failure ? "✗" : "✓"} ${name.padEnd(26)} ${seconds.padStart(5)} s  ${finding.remark ?? ""}`.trimEnd());
  if (finding.failure) failures.push({ name, failure: finding.failure.trim() });
}
for (const { name, failure } of failures) console.log(`\n── ${name}\n${failure}`);
console.log(failures.length === 0 ? "\nall checks pass" : `\n${failures.length} of ${checks.length} checks fail`);
process.exitCode = failures.length === 0 ? 0 : 1;
