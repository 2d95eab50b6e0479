import { runTool } from "./command.ts";

/** `npm run gen`: writes gen/src from the contract. Running it twice changes nothing. */
const { code, text } = await runTool("buf", "generate");
if (text.trim()) console.log(text.trim());
process.exitCode = code;
