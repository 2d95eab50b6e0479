import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import dockerignore from "@balena/dockerignore";
import { DockerfileParser, type From, type Instruction } from "dockerfile-ast";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** One stage of the Dockerfile: what it begins with, and its instructions in order. */
export interface Stage {
  readonly name: string | undefined;
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of deploy/Dockerfile, the image itself last. */
export function stages(): readonly Stage[] {
  const dockerfile = DockerfileParser.parse(readFileSync(`${root}deploy/Dockerfile`, "utf8"));
  const found: (Stage & { instructions: Instruction[] })[] = [];
  for (const instruction of dockerfile.getInstructions()) {
    if (instruction.getKeyword() === "FROM") {
      const from = instruction as From;
      found.push({ name: from.getBuildStage() ?? undefined, from: from.getImage() ?? "", instructions: [] });
    } else found.at(-1)?.instructions.push(instruction);
  }
  return found;
}

/** The words of the stage's instructions of a kind, one list for each. */
export const wordsOf = (stage: Stage | undefined, keyword: string): readonly (readonly string[])[] =>
  (stage?.instructions ?? [])
    .filter((instruction) => instruction.getKeyword() === keyword)
    .map((instruction) => instruction.getArguments().map(String));

/** The files that a build from the root of the repository is given: those that git knows, less what .dockerignore leaves out. */
export function context(): readonly string[] {
  const ignored = dockerignore.default().add(readFileSync(`${root}.dockerignore`, "utf8"));
  const known = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], { cwd: root, encoding: "utf8" });
  return ignored.filter(known.split("\0").filter((file) => file !== ""));
}
