import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { file_buf_validate_validate } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { root, runTool } from "./command.ts";
import { protoText } from "./descriptor-to-proto.ts";

const vendored = join(root, "proto-vendor/buf/validate/validate.proto");
const header = "// Reconstructed from the descriptor embedded in @bufbuild/protovalidate/gen/buf/validate/validate_pb.js\n";

/** The rules of protovalidate as the installed package knows them; the package ships no .proto file. */
async function validateProto(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-vendor-"));
  try {
    const file = join(folder, "validate.proto");
    writeFileSync(file, header + protoText(file_buf_validate_validate));
    const { code, text } = await runTool("buf", "format", file);
    if (code !== 0) throw new Error(text);
    return text;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether the vendored rules are those of the installed package. */
export async function vendoredInStep(): Promise<boolean> {
  return readFileSync(vendored, "utf8") === (await validateProto());
}

// `node lint/vendor.ts --write` brings them in step.
if (process.argv.includes("--write")) writeFileSync(vendored, await validateProto());
