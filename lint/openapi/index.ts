import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, runTool } from "../command.ts";
import { openApiDocument } from "./document.ts";

/** Where the document lies: part of what is generated, served by the edge. */
export const openApiFile = join(root, "gen/openapi.json");

/** The text of {@link openApiFile} as the contract is now. */
export async function openApiText(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-openapi-"));
  try {
    const image = join(folder, "contract.binpb");
    const { code, text } = await runTool("buf", "build", "proto", "-o", image);
    if (code !== 0) throw new Error(text);
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string };
    return `${JSON.stringify(openApiDocument(readFileSync(image), version), undefined, 1)}\n`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
