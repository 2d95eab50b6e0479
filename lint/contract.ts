import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, runTool } from "./command.ts";
import { differences } from "./folders.ts";
import { openApiFile, openApiText } from "./openapi/index.ts";
import { vendoredInStep } from "./vendor.ts";

/** What a check found: nothing, a remark that is no failure, or a failure in full. */
export type Finding = { readonly failure?: string; readonly remark?: string };

/** buf ends with 100 when it found something in the contract, and with anything else when it could not look. */
async function buf(...args: string[]): Promise<Finding> {
  const { code, text } = await runTool("buf", ...args);
  if (code === 0) return {};
  return { failure: code === 100 ? text : `buf itself failed (exit code ${code}), the contract was not looked at\n${text}` };
}

export const lintContract = (): Promise<Finding> => buf("lint");

/** Orders "1.10.0" after "1.9.0", and a release after its candidates. */
const byVersion = new Intl.Collator("en", { numeric: true }).compare;

/** The contract against the image of the last release, `proto/releases/<version>.binpb` (made by `buf build proto -o <image>`). */
export async function keepPromises(): Promise<Finding> {
  const folder = join(root, "proto/releases");
  const images = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".binpb")) : [];
  const last = images.sort(byVersion).at(-1);
  if (!last) return { remark: "no release yet" };
  return { ...(await buf("breaking", "proto", "--against", join("proto/releases", last))), remark: `against ${last}` };
}

/** Whether gen/src is what the contract generates; generates beside the tree, not into it. */
export async function generatedInStep(): Promise<Finding> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-gen-"));
  try {
    const { code, text } = await runTool("buf", "generate", "--output", folder);
    if (code !== 0) return { failure: text };
    const files = differences(join(root, "gen/src"), join(folder, "gen/src"));
    return files.length > 0 ? { failure: `${files.join("\n")}\nnpm run gen brings gen/src in step` } : {};
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether gen/openapi.json is the contract as it is now. */
export async function openApiInStep(): Promise<Finding> {
  const committed = existsSync(openApiFile) ? readFileSync(openApiFile, "utf8") : "";
  return committed === (await openApiText()) ? {} : { failure: "npm run gen brings gen/openapi.json in step" };
}

export async function vendoredRulesInStep(): Promise<Finding> {
  if (await vendoredInStep()) return {};
  return {
    failure: "proto-vendor/buf/validate/validate.proto differs from the installed @bufbuild/protovalidate: node lint/vendor.ts --write",
  };
}
