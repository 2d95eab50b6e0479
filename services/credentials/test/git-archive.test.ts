import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { archiveOfCommit } from "../src/code/git/archive.ts";
import { outwardTo } from "../src/outbound/outward.ts";
import { type GitServer, gitServer, hasGit } from "./git-server.ts";

const password = "a password";
const missing = new Error("missing");
const roomy = { packBytes: 8e6, bytes: 16e6, objects: 1000, entries: 1000, depth: 64, ms: 60_000 };
const refused = (code: string) => ({ reason: Reason.PROVIDER_REFUSED, metadata: { provider: "git", code } });
const unavailable = (code: string) => ({ reason: Reason.PROVIDER_UNAVAILABLE, metadata: { provider: "git", code } });

describe.skipIf(!hasGit).each(["sha1", "sha256"] as const)("the archive of a commit of a server of git, %s", (format) => {
  let server: GitServer;
  let folder: string;
  beforeAll(async () => {
    server = await gitServer(password, format);
    folder = mkdtempSync(join(tmpdir(), "signalbox-unpacked-"));
  });
  afterAll(async () => {
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const blob = (body: string | Buffer) => server.tell(body, "hash-object", "-w", "--stdin");
  const tree = (...rows: readonly string[]) => server.tell(rows.map((row) => `${row}\0`).join(""), "mktree", "-z", "--missing");
  const file = (name: string, body: string | Buffer, mode = "100644") => `${mode} blob ${blob(body)}\t${name}`;
  const within = (name: string, ...rows: readonly string[]) => `040000 tree ${tree(...rows)}\t${name}`;
  let made = 0;
  function committed(...rows: readonly string[]): string {
    const commit = server.git("commit-tree", "-m", "Fit it", tree(...rows));
    server.git("update-ref", `refs/heads/made-${made++}`, commit);
    return commit;
  }

  interface Asking {
    readonly token?: string;
    readonly bounds?: Partial<typeof roomy>;
    readonly timeoutMs?: number;
    readonly signal?: AbortSignal;
    readonly origin?: string;
  }

  function archive(commit: string, asking: Asking = {}) {
    const { token = password, bounds, timeoutMs = 20_000, signal = new AbortController().signal, origin = server.url } = asking;
    const authorization = `Basic ${Buffer.from(`git:${token}`).toString("base64")}`;
    const asked = { provider: "git" as const, outward: outwardTo(["127.0.0.1", "169.254.169.254"]), authorization, signal, timeoutMs };
    return archiveOfCommit({ repository: `${origin}/churn.git`, commit, folder: "churn" }, asked, missing, { ...roomy, ...bounds });
  }

  async function got(commit: string, asking: Asking = {}): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of archive(commit, asking)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async function unpacked(commit: string): Promise<string> {
    const into = mkdtempSync(join(folder, "at-"));
    execFileSync("tar", ["-xzf", "-", "-C", into], { input: await got(commit), stdio: ["pipe", "ignore", "inherit"] });
    expect(readdirSync(into)).toEqual(["churn"]);
    return join(into, "churn");
  }

  test("holds what the commit holds", async () => {
    const [noise, long] = [randomBytes(60_000), `${"long".repeat(30)}.py`];
    const files = { empty: "", "16k": randomBytes(16_384), "64k": Buffer.alloc(65_536), "128k": randomBytes(131_072) };
    const alike = { one: noise, two: Buffer.concat([noise, Buffer.from("more")]), three: Buffer.concat([Buffer.from("less"), noise]) };
    const plain = { ...files, ...alike, "größe.txt": "ü", [long]: "long" };
    const at = await unpacked(
      committed(
        ...Object.entries(plain).map(([name, body]) => file(name, body)),
        file("run", "#!/bin/sh", "100755"),
        file(".gitattributes", "* export-ignore filter=lfs"),
        file("up", "../outside", "120000"),
        file("link", "deep/deeper/model.py", "120000"),
        within("deep", within("deeper", file("model.py", "fit()"), file("back", "../../run", "120000"))),
        `160000 commit ${"1".repeat(format === "sha1" ? 40 : 64)}\tmodule`,
      ),
    );
    for (const [name, body] of Object.entries(plain)) expect(readFileSync(join(at, name)).equals(Buffer.from(body)), name).toBe(true);
    expect(lstatSync(join(at, "run")).mode & 0o111).toBe(0o111);
    expect(readFileSync(join(at, "link"), "utf8")).toBe("fit()");
    expect(readlinkSync(join(at, "deep/deeper/back"))).toBe("../../run");
    expect(lstatSync(join(at, "up")).isFile()).toBe(true);
    expect(readFileSync(join(at, "up"), "utf8")).toBe("../outside");
    expect(readdirSync(join(at, "module"))).toEqual([]);
    expect(readdirSync(at)).toContain(".gitattributes");
  });

  test("is the same each time, and of a commit below a branch too", async () => {
    const [first, files] = [committed(file("a", "1")), tree(file("a", "2"))];
    server.git("update-ref", "refs/heads/on", server.git("commit-tree", "-m", "More", "-p", first, files));
    server.git("update-ref", "-d", `refs/heads/made-${made - 1}`);
    expect((await got(first)).equals(await got(first))).toBe(true);
  });

  test("says where there is none, and where no ref leads to", async () => {
    await expect(got("1".repeat(format === "sha1" ? 40 : 64))).rejects.toBe(missing);
    const nobodys = server.git("commit-tree", "-m", "Nobody's", tree());
    await expect(got(nobodys)).rejects.toBe(missing);
    server.git("config", "uploadpack.allowAnySHA1InWant", "true");
    expect((await got(nobodys)).length).toBeGreaterThan(0);
    server.git("config", "--unset", "uploadpack.allowAnySHA1InWant");
  });

  test("is refused with another token", async () => {
    await expect(got(committed(file("a", "1")), { token: "wrong" })).rejects.toMatchObject(refused("http_401"));
  });

  test.each(["..", ".", ".git", ".GIT", ".git ", "git~1", ".g\u200cit", ".git::$INDEX_ALLOCATION", "a\\b", "a\nb"])(
    "is refused with %j in its tree, before anything of it is passed on",
    async (name) => {
      await expect(got(committed(file(name, "harm")))).rejects.toMatchObject(refused("path_unsafe"));
      await expect(got(committed(within("deep", within(name, file("config", "harm")))))).rejects.toMatchObject(refused("path_unsafe"));
    },
  );

  test("has no link beside a name that may be the same", async () => {
    const both = committed(file("A", "deep", "120000"), within("a", file("b", "harm")), within("deep", file("c", "")));
    await expect(got(both)).rejects.toMatchObject(refused("path_unsafe"));
  });

  test.each(["/etc/passwd", "../..", "deep/../../x", ".git/config", "c:\\x", ""])("makes no link to %j", async (target) => {
    const at = await unpacked(committed(file("x", target, "120000")));
    expect(lstatSync(join(at, "x")).isFile()).toBe(true);
    expect(readFileSync(join(at, "x"), "utf8")).toBe(target);
    expect(existsSync(join(folder, "x"))).toBe(false);
  });

  test.each([[{ packBytes: 20_000 }], [{ bytes: 30_000 }], [{ objects: 3 }], [{ entries: 2 }], [{ depth: 1 }]])(
    "is not larger than %o",
    async (bounds) => {
      const commit = committed(file("a", randomBytes(31_000)), within("b", within("c", file("d", ""))));
      await expect(got(commit, { bounds })).rejects.toMatchObject(unavailable("answer_too_large"));
      expect((await got(commit)).length).toBeGreaterThan(30_000);
    },
  );

  test("is not of a tree whose rows are none", async () => {
    const row = Buffer.concat([Buffer.from(`${"0".repeat(1000)}40000 a\0`), Buffer.alloc(format === "sha1" ? 20 : 32)]);
    const odd = server.tell(row, "hash-object", "-t", "tree", "-w", "--literally", "--stdin");
    await expect(got(committed(file("a", "1"), `040000 tree ${odd}\tb`))).rejects.toMatchObject({ reason: Reason.PROVIDER_UNAVAILABLE });
  });

  test("of few trees with many paths is not unfolded", async () => {
    let row = file("a", "x");
    for (let depth = 0; depth < 12; depth++) {
      const [mode, kind, id] = row.split(/[ \t]/);
      row = within("0", ...Array.from("0123456789", (name) => `${mode} ${kind} ${id}\t${name}`));
    }
    await expect(got(committed(row))).rejects.toMatchObject(unavailable("answer_too_large"));
  });

  test("is asked for at one place only, and never where clouds keep credentials", async () => {
    const commit = committed(file("a", "1"));
    const before = server.received.length;
    server.trouble = { kind: "status", status: 307, headers: { location: "http://169.254.169.254/latest" } };
    try {
      await expect(got(commit)).rejects.toMatchObject(refused("http_307"));
      expect(server.received.length).toBe(before + 1);
    } finally {
      server.trouble = undefined;
    }
    await expect(got(commit, { origin: "http://169.254.169.254" })).rejects.toMatchObject(refused("address_refused"));
  });

  test("is made for a few at once, and whoever goes away makes room", async () => {
    const commit = committed(file("a", randomBytes(1_000_000)));
    server.trouble = { kind: "hang" };
    const going = new AbortController();
    const waiting = Array.from({ length: 2 }, () => got(commit, { signal: going.signal }));
    const ends = Promise.allSettled(waiting);
    await expect(got(commit)).rejects.toMatchObject(unavailable("busy"));
    going.abort(new Error("gone"));
    expect((await ends).every((end) => end.status === "rejected" && end.reason.message === "gone")).toBe(true);
    await expect(got(commit, { timeoutMs: 100 })).rejects.toMatchObject(unavailable("timeout"));
    server.trouble = undefined;
    for (let round = 0; round < 6; round++) {
      for await (const chunk of archive(commit)) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
    }
    for (const ms of [1, 5, 10, 20, 40, 80]) {
      const left = new AbortController();
      setTimeout(() => left.abort(new Error("gone")), ms);
      await got(commit, { signal: left.signal }).catch((error: Error) => expect(error.message).toBe("gone"));
      await got(commit, { bounds: { ms } }).catch((error) => expect(error).toMatchObject(unavailable("timeout")));
    }
  });

  test("is no longer held for whoever stops to take it", async () => {
    const commit = committed(file("a", randomBytes(2_000_000)));
    const stopped = Array.from({ length: 2 }, () => archive(commit, { bounds: { ms: 2_000 } })[Symbol.asyncIterator]());
    await Promise.all(stopped.map((each) => each.next()));
    await expect(got(commit)).rejects.toMatchObject(unavailable("busy"));
    await expect.poll(() => got(commit).catch(() => Buffer.alloc(0)), { timeout: 5_000 }).not.toHaveLength(0);
    const rest = async (each: AsyncIterator<Buffer>) => {
      while (!(await each.next()).done);
    };
    await expect(rest(stopped[0] as AsyncIterator<Buffer>)).rejects.toMatchObject(unavailable("timeout"));
  });
});
