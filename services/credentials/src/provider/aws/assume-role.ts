import type { AwsRole } from "@signalbox/gen/signalbox/credentials/v1/credential_pb.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { AwsV4Signer } from "aws4fetch";
import { type Endpoint, endpointOf } from "../../outbound/endpoint.ts";
import { notCovered, providerRefused, providerUnavailable } from "../failure.ts";
import type { Issued, Method, Narrowed, Order } from "../method.ts";
import { type Answer, postForm } from "../post-form.ts";
import { contains, readS3Resource, type S3Resource, spell } from "./s3-resource.ts";
import { mostPolicyLength, sessionPolicy } from "./session-policy.ts";
import { textOf } from "./xml.ts";

const right = 'ask for "s3://bucket" or "s3://bucket/prefix"';

/** Assumes a role through AWS STS, with a session policy that leaves of its rights those on the resource. */
export function awsRole(role: AwsRole): Method {
  const partition = role.roleArn.split(":")[1] ?? "aws";

  function policyFor(resource: string, resources: readonly S3Resource[]): string {
    const policy = sessionPolicy(resources, partition);
    if (policy.length <= mostPolicyLength) return policy;
    throw notCovered(resource, "the policy for all of its resources is larger than STS takes; ask for one of them");
  }

  return {
    check() {
      for (const [i, resource] of role.resources.entries()) {
        const read = readS3Resource(resource);
        if (typeof read === "string") throw fieldInvalid(`aws_role.resources[${i}]`, read);
      }
      if (stsOf(role).url.search !== "") throw fieldInvalid("aws_role.endpoint", "must have no query");
    },

    narrow(resource): Narrowed {
      const covered = role.resources.map(readS3Resource).filter((read) => typeof read !== "string");
      if (resource === "") return { resource, policy: covered.length === 0 ? "" : policyFor(resource, covered) };
      const asked = readS3Resource(resource);
      if (typeof asked === "string") throw notCovered(resource, `${asked}; ${right}`);
      if (covered.length > 0 && !covered.some((outer) => contains(outer, asked))) {
        throw notCovered(resource, `it covers ${covered.map(spell).join(", ")}`);
      }
      return { resource: spell(asked), policy: policyFor(resource, [asked]) };
    },

    async mint(order) {
      const endpoint = stsOf(role);
      const body = new URLSearchParams({
        Action: "AssumeRole",
        Version: "2011-06-15",
        RoleArn: role.roleArn,
        RoleSessionName: order.session,
        DurationSeconds: String(order.lifetimeSeconds),
        ...(order.narrowed.policy !== "" && { Policy: order.narrowed.policy }),
        ...(role.externalId !== "" && { ExternalId: role.externalId }),
      }).toString();
      const headers = await signed(role, endpoint, body, order);
      return read(
        await postForm({
          provider: "aws_sts",
          endpoint,
          headers,
          body,
          signal: order.signal,
          ...(order.timeoutMs && { timeoutMs: order.timeoutMs }),
        }),
        role.region,
      );
    },
  };
}

function stsOf({ endpoint, region }: AwsRole): Endpoint {
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return endpointOf(endpoint || `https://sts.${region}.${domain}/`, "aws_role.endpoint");
}

async function signed(
  { accessKeyId, region }: AwsRole,
  { url }: Endpoint,
  body: string,
  { secret, now }: Order,
): Promise<Record<string, string>> {
  const { headers } = await new AwsV4Signer({
    method: "POST",
    url: url.href,
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    body,
    accessKeyId,
    secretAccessKey: secret,
    service: "sts",
    region,
    datetime: new Date(now / 1000).toISOString().replace(/[:-]|\.\d{3}/g, ""),
    // The content type too, which is left out otherwise.
    allHeaders: true,
  }).sign();
  return Object.fromEntries(headers);
}

/** Codes that mean "later", whatever the status they come with. */
const passing = new Set(["Throttling", "ThrottlingException", "RequestLimitExceeded", "ServiceUnavailable", "InternalFailure"]);

function read({ status, body, retryAfterMs }: Answer, region: string): Issued {
  if (status !== 200) {
    const code = textOf(body, "Code") ?? `http_${status}`;
    if (status >= 500 || status === 429 || passing.has(code)) throw providerUnavailable("aws_sts", code, { retryAfterMs });
    throw providerRefused("aws_sts", code);
  }
  const [accessKeyId, secretAccessKey, sessionToken] = ["AccessKeyId", "SecretAccessKey", "SessionToken"].map((name) => textOf(body, name));
  const expireTime = Date.parse(textOf(body, "Expiration") ?? "") * 1000;
  if (!accessKeyId || !secretAccessKey || !sessionToken || Number.isNaN(expireTime))
    throw providerUnavailable("aws_sts", "answer_unreadable");
  return {
    credential: { kind: "aws", accessKeyId, secretAccessKey, sessionToken, region },
    identity: textOf(body, "Arn") ?? "",
    expireTime,
  };
}
