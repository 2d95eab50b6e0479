import { CodeHost } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";

/** The address of a repository, taken apart. */
export interface RepositoryAddress {
  /** Without path. */
  readonly origin: string;
  /** What lies between the origin and the repository, where the host is served below a path; begins with a slash, or is empty. */
  readonly base: string;
  /** What names the repository on its host. */
  readonly path: readonly string[];
}

interface Shape {
  /** How many segments name a repository. */
  readonly least: number;
  readonly most: number;
  readonly example: string;
}

const shapes: Readonly<Record<CodeHost, Shape | undefined>> = {
  [CodeHost.UNSPECIFIED]: undefined,
  [CodeHost.GITHUB]: { least: 2, most: 2, example: "https://github.com/acme/churn" },
  [CodeHost.GITLAB]: { least: 2, most: 22, example: "https://gitlab.com/acme/ml/churn" },
  [CodeHost.BITBUCKET]: { least: 2, most: 2, example: "https://bitbucket.org/acme/churn" },
  [CodeHost.BITBUCKET_DATA_CENTER]: { least: 4, most: 8, example: "https://git.acme.org/projects/ML/repos/churn" },
  [CodeHost.GIT]: { least: 1, most: 22, example: "https://git.acme.org/churn.git" },
};

/** A name of an owner, a group or a repository: no host allows more. */
const segmentPattern = /^[\w.~+-]{1,255}$/u;

/**
 * Reads the address of a repository as it is spelled, before a parser of URLs makes something else of it: `..`, `%2e%2e` and `\` would
 * be resolved by then. Fails with FIELD_INVALID.
 */
export function repositoryAddress(host: CodeHost, address: string): RepositoryAddress {
  const wrong = (why: string) => fieldInvalid("code_repository", `its address cannot be asked: ${why}`);
  const shape = shapes[host];
  if (!shape) throw fieldInvalid("code_repository", "nothing says which host serves it; set its host");
  const [, origin, rest] = /^(https?:\/\/[^/\\?#%@\s]+)(\/[^\\?#%\s]*)?$/i.exec(address) ?? [];
  if (!origin || !rest) throw wrong("it is to be an https URL with a path, and without user, query, fragment, backslash and percent signs");
  const segments = rest.replace(/\/+$/, "").slice(1).split("/");
  const odd = segments.find((segment) => !segmentPattern.test(segment) || /^\.+$/.test(segment));
  if (odd !== undefined) throw wrong(`"${odd}" is no part of a path to a repository`);
  if (!URL.canParse(origin)) throw wrong("it names no host");
  const { least, most, example } = shape;
  if (segments.length < least || segments.length > most) throw wrong(`it is to look like "${example}"`);
  if (host !== CodeHost.BITBUCKET_DATA_CENTER) {
    const named = host === CodeHost.GIT ? segments : segments.map((segment, i) => (i === segments.length - 1 ? bare(segment) : segment));
    return { origin: new URL(origin).origin, base: "", path: named };
  }
  const at = segments.length - 4;
  const [kind = "", owner = "", repos, name = ""] = segments.slice(at);
  if (repos !== "repos" || (kind !== "projects" && kind !== "users")) throw wrong(`it is to look like "${example}"`);
  return {
    origin: new URL(origin).origin,
    base: segments
      .slice(0, at)
      .map((segment) => `/${segment}`)
      .join(""),
    path: [kind === "users" ? `~${owner}` : owner, bare(name)],
  };
}

const bare = (name: string): string => (name.endsWith(".git") && name !== ".git" ? name.slice(0, -".git".length) : name);
