import { CodeHost } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { expect, test } from "vitest";
import { commitUrl } from "./commit-url.ts";

const { GITHUB, GITLAB, BITBUCKET, UNSPECIFIED } = CodeHost;
const commit = "9c1e2f7";

test.each([
  [GITHUB, "https://github.com/acme/churn", { commit, path: "" }, "https://github.com/acme/churn/commit/9c1e2f7"],
  [
    GITHUB,
    "https://github.com/acme/churn.git/",
    { commit, path: "src/train.ts" },
    "https://github.com/acme/churn/blob/9c1e2f7/src/train.ts",
  ],
  [
    GITHUB,
    "https://github.com/acme/churn",
    { commit, path: "a b/ü#.py", line: 7 },
    "https://github.com/acme/churn/blob/9c1e2f7/a%20b/%C3%BC%23.py#L7",
  ],
  [
    GITLAB,
    "https://git.acme.org/ml/churn",
    { commit, path: "./train.py", line: 7 },
    "https://git.acme.org/ml/churn/-/blob/9c1e2f7/train.py#L7",
  ],
  [GITLAB, "https://gitlab.com/acme/churn", { commit, path: "", line: 7 }, "https://gitlab.com/acme/churn/-/commit/9c1e2f7"],
  [
    BITBUCKET,
    "https://bitbucket.org/acme/churn",
    { commit, path: "train.py", line: 7 },
    "https://bitbucket.org/acme/churn/src/9c1e2f7/train.py#lines-7",
  ],
  [BITBUCKET, "https://bitbucket.org/acme/churn", { commit, path: "" }, "https://bitbucket.org/acme/churn/commits/9c1e2f7"],
  [UNSPECIFIED, "https://example.org/churn", { commit, path: "train.py" }, ""],
  [GITHUB, "", { commit, path: "train.py" }, ""],
  [GITHUB, "https://github.com/acme/churn", { commit: "", path: "train.py" }, ""],
] as const)("%s at %s", (host, address, place, url) => {
  expect(commitUrl({ host, address }, place)).toBe(url);
});

test("what is not registered is seen nowhere", () => {
  expect(commitUrl(undefined, { commit, path: "" })).toBe("");
});
