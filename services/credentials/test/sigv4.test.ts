import { expect, test } from "vitest";
import { signatureFault } from "./sigv4.ts";

// The example of AWS's own documentation: ListUsers of IAM, signed for 30 August 2015.
const request = {
  method: "GET",
  url: "/?Action=ListUsers&Version=2010-05-08",
  headers: {
    host: "iam.amazonaws.com",
    "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    "x-amz-date": "20150830T123600Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
  },
  body: "",
};
const expected = {
  region: "us-east-1",
  service: "iam",
  nowMs: Date.parse("2015-08-30T12:40:00Z"),
  secretOf: (id: string) => (id === "AKIDEXAMPLE" ? "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" : undefined),
};

test("the documented example is right", () => {
  expect(signatureFault(request, expected)).toBeUndefined();
});

test.each([
  ["another body", { ...request, body: "x" }, expected, "SignatureDoesNotMatch"],
  ["another query", { ...request, url: "/?Action=ListRoles&Version=2010-05-08" }, expected, "SignatureDoesNotMatch"],
  ["another secret", request, { ...expected, secretOf: () => "another" }, "SignatureDoesNotMatch"],
  ["an unknown key", request, { ...expected, secretOf: () => undefined }, "InvalidClientTokenId"],
  ["another time", request, { ...expected, nowMs: Date.now() }, "RequestExpired"],
  ["no signature", { ...request, headers: {} }, expected, "MissingAuthenticationToken"],
])("%s is wrong", (_, wrong, by, fault) => {
  expect(signatureFault(wrong, by)).toBe(fault);
});
