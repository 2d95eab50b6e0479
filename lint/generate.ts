import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, runTool } from "./command.ts";

/** `npm run gen`: writes gen/src and gen/openapi.json from the contract, and docs/configuration.md from the settings. Running it twice changes nothing. */
const { code, text } = await runTool("buf", "generate");
if (text.trim()) console.log(text.trim());
// Only now: these read what was generated, which may name a file that was not there before.
const { configurationPage } = await import("../deploy/src/configuration-page.ts");
writeFileSync(join(root, "docs/configuration.md"), configurationPage());
if (code === 0) {
  const { openApiFile, openApiText } = await import("./openapi/index.ts");
  writeFileSync(openApiFile, await openApiText());
}
process.exitCode = code;
