import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { CodeHost } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { describe, expect, test } from "vitest";
import { repositoryAddress } from "./address.ts";

const { GITHUB, GITLAB, BITBUCKET, BITBUCKET_DATA_CENTER, GIT, UNSPECIFIED } = CodeHost;

test.each([
  [GITHUB, "https://github.com/acme/churn", "https://github.com", "", ["acme", "churn"]],
  [GITHUB, "https://GitHub.com/acme/churn.git/", "https://github.com", "", ["acme", "churn"]],
  [GITLAB, "https://gitlab.acme.org:8443/a/b/c.d", "https://gitlab.acme.org:8443", "", ["a", "b", "c.d"]],
  [BITBUCKET, "https://bitbucket.org/acme/churn", "https://bitbucket.org", "", ["acme", "churn"]],
  [BITBUCKET_DATA_CENTER, "https://git.acme.org/bb/projects/ML/repos/churn", "https://git.acme.org", "/bb", ["ML", "churn"]],
  [BITBUCKET_DATA_CENTER, "https://git.acme.org/users/ada/repos/churn", "https://git.acme.org", "", ["~ada", "churn"]],
  [GIT, "https://git.acme.org/srv/churn.git", "https://git.acme.org", "", ["srv", "churn.git"]],
] as const)("%s at %s", (host, address, origin, base, path) => {
  expect(repositoryAddress(host, address)).toEqual({ origin, base, path });
});

describe("what leads elsewhere than it says", () => {
  test.each([
    "",
    "file:///etc/passwd",
    "ssh://git@github.com/acme/churn",
    "git@github.com:acme/churn",
    "https://github.com",
    "https://github.com/acme",
    "https://github.com/acme/churn/tree/main",
    "https://github.com/acme/..",
    "https://github.com/../acme/churn",
    "https://github.com/acme/./churn",
    "https://github.com/acme/%2e%2e",
    "https://github.com/acme/%2E./churn",
    "https://github.com/acme%2fchurn/x",
    "https://github.com/acme/churn%00",
    "https://github.com/acme\\..\\churn/x",
    "https://github.com\\@evil.example/acme/churn",
    "https://user:pass@github.com/acme/churn",
    "https://github.com@evil.example/acme/churn",
    "https://github.com/acme/churn?x=1",
    "https://github.com/acme/churn#x",
    "https://github.com//acme/churn",
    "https://github.com/acme/churn name",
    "https://github.com/acme/churn\n",
    "https://github.com/acme/chürn",
    "https://%31%32%37.0.0.1/acme/churn",
    "https:///acme/churn",
    "https://[::1/acme/churn",
    "https://github.com:99999/acme/churn",
  ])("%j is refused", (address) => {
    expect(() => repositoryAddress(GITHUB, address)).toThrow(expect.objectContaining({ reason: Reason.FIELD_INVALID }));
  });

  test.each([
    [GITLAB, "https://gitlab.com/acme/../../api/v4/user"],
    [GITLAB, "https://gitlab.com/acme/..%2f..%2fuser"],
    [GIT, "https://git.acme.org/churn/.."],
    [GIT, "https://git.acme.org/..;/churn"],
    [BITBUCKET_DATA_CENTER, "https://git.acme.org/scm/ml/churn.git"],
    [BITBUCKET_DATA_CENTER, "https://git.acme.org/projects/../repos/churn"],
    [UNSPECIFIED, "https://github.com/acme/churn"],
  ] as const)("%s at %j too", (host, address) => {
    expect(() => repositoryAddress(host, address)).toThrow(expect.objectContaining({ reason: Reason.FIELD_INVALID }));
  });
});
