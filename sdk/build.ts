// Builds the packages that are published: JavaScript and declarations of gen, sdk and cli, each in a folder that
// `npm pack` takes as it is. Usage: node sdk/build.ts [folder]
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { argv, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** In this order: each is compiled against the declarations of those before it, as its users are. */
export const published = ["gen", "sdk", "cli"] as const;

/** Builds some of the published packages into folders of their names. */
export async function buildPackages(target: string, packages: readonly (typeof published)[number][] = published): Promise<void> {
  for (const name of packages) {
    const folder = join(target, name);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await compile(target, name);
    await rewriteImports(join(folder, "dist"));
    await copyBin(name, folder);
    await cp(join(root, "LICENSE"), join(folder, "LICENSE")).catch(() => undefined);
    const manifest = JSON.parse(await readFile(join(root, name, "package.json"), "utf8")) as Manifest;
    await writeFile(join(folder, "package.json"), `${JSON.stringify(toPublished(manifest), null, 2)}\n`);
  }
}

async function compile(target: string, name: string): Promise<void> {
  const config = join(target, name, "tsconfig.json");
  const compilerOptions = {
    ...{ target: "es2022", noEmit: false, declaration: true, rewriteRelativeImportExtensions: true },
    ...{ rootDir: join(root, name, "src"), outDir: join(target, name, "dist"), typeRoots: [join(root, "node_modules/@types")] },
    paths: {
      "@signalbox/gen/*.ts": [join(target, "gen/dist/*.d.ts")],
      "@signalbox/sdk": [join(target, "sdk/dist/index.d.ts")],
    },
  };
  // The declarations of the packages built before look for their own dependencies beside them.
  const dependencies = join(target, "node_modules");
  await rm(dependencies, { force: true });
  await symlink(join(root, "node_modules"), dependencies);
  const settings = {
    extends: join(root, "tsconfig.json"),
    compilerOptions,
    include: [join(root, name, "src")],
    exclude: [join(root, "**/*.test.ts")],
  };
  await writeFile(config, JSON.stringify(settings));
  try {
    await run(execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", config], { maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    throw new Error(`${name} does not compile:\n${(error as { stdout?: string }).stdout ?? ""}`, { cause: error });
  } finally {
    await rm(dependencies, { force: true });
    await rm(config);
  }
}

/** tsc leaves `.ts` in imports of packages and in declarations; what is published has `.js`. */
async function rewriteImports(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const text = await readFile(file, "utf8");
    const written = text.replace(/((?:from|import)\s*\(?\s*"(?:\.{1,2}|@signalbox\/gen)\/[^"]+)\.ts"/g, '$1.js"');
    if (written !== text) await writeFile(file, written);
  }
}

/** Programs that are plain JavaScript are published as they are. */
async function copyBin(name: string, folder: string): Promise<void> {
  await cp(join(root, name, "bin"), join(folder, "bin"), { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}

/** The same package as its users see it. */
function toPublished({ name, version, description, bin, exports = {}, dependencies = {} }: Manifest): object {
  return {
    ...{ name, version, description: description ?? descriptions[name], license: "Apache-2.0", type: "module", engines: { node: ">=20" } },
    ...(bin && { bin }),
    // What is not built from sources is for the server.
    exports: Object.fromEntries(
      Object.entries(exports).flatMap(([path, file]) => (file.startsWith("./src/") ? [toExport(path, file)] : [])),
    ),
    files: ["dist", ...(bin ? ["bin"] : [])],
    dependencies,
  };
}

const descriptions: Readonly<Record<string, string>> = {
  "@signalbox/gen": "The contract of Signalbox as generated TypeScript",
};

function toExport(path: string, file: string): readonly [string, object] {
  const built = file.replace("./src/", "./dist/").replace(/\.ts$/, "");
  const key = path.endsWith("*") ? `${path}.js` : path;
  return [key, { types: `${built}.d.ts`, default: `${built}.js` }];
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const target = resolve(argv[2] ?? "dist");
  await buildPackages(target);
  console.log(`built ${published.join(", ")} in ${target}`);
}
