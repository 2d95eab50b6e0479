import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configurationPage } from "../deploy/src/configuration-page.ts";
import { root, runTool } from "./command.ts";
import { openApiFile, openApiText } from "./openapi/index.ts";

/** `npm run gen`: writes gen/src and gen/openapi.json from the contract, and docs/configuration.md from the settings. Running it twice changes nothing. */
const { code, text } = await runTool("buf", "generate");
if (text.trim()) console.log(text.trim());
writeFileSync(join(root, "docs/configuration.md"), configurationPage());
if (code === 0) writeFileSync(openApiFile, await openApiText());
process.exitCode = code;
