import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { describe, expect, test } from "vitest";
import { loopbackOnly, notLinkLocal } from "./address.ts";
import { endpointOf } from "./endpoint.ts";

describe("an endpoint", () => {
  test.each([
    "https://id.example.com/token",
    "https://id.example.com/token?tenant=1",
    "http://127.0.0.1:8080/t",
    "http://localhost/t",
    "http://[::1]:80/t",
    "https://10.1.2.3/t",
  ])("%s is taken", (text) => {
    expect(endpointOf(text, "token_url").url.href).toContain("://");
  });

  test.each([
    "http://id.example.com/token",
    "ftp://id.example.com/token",
    "https://user:pass@id.example.com/token",
    "https://id.example.com/token#here",
    "https://id.example.com/token#",
    "http://127.0.0.1.example.com/",
    "https://169.254.169.254/latest/meta-data",
    "http://169.254.169.254/latest/meta-data",
    "https://0xa9fea9fe/",
    "https://2852039166/",
    "https://[::ffff:169.254.169.254]/",
    "https://[fe80::1]/",
    "https://[fd00:ec2::254]/",
    "https://0.0.0.0/",
    "not a url",
  ])("%s is refused", (text) => {
    expect(() => endpointOf(text, "token_url")).toThrow(
      expect.objectContaining({ reason: Reason.FIELD_INVALID, violations: [expect.objectContaining({ field: "token_url" })] }),
    );
  });
});

test.each([
  "169.254.0.1",
  "169.254.169.254",
  "fe80::1",
  "febf::1",
  "fd00:ec2::254",
  "::ffff:169.254.169.254",
  "64:ff9b::a9fe:a9fe",
  "0.0.0.0",
  "::",
])("connectors may not reach %s", (address) => expect(notLinkLocal(address)).toBe(false));

test.each(["10.0.0.1", "192.168.1.1", "8.8.8.8", "2001:db8::1", "fd00::1", "127.0.0.1"])("connectors may reach %s", (address) =>
  expect(notLinkLocal(address)).toBe(true),
);

test("loopback is loopback", () => {
  expect(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"].every(loopbackOnly)).toBe(true);
  expect(["10.0.0.1", "128.0.0.1", "::2"].some(loopbackOnly)).toBe(false);
});
